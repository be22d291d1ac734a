"""Settings of places: where the store lies, where finished films are delivered, who is told."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings


class PlaceSettings(BaseSettings):
    """What an operator says of places; a part of `flows.settings.Settings`."""

    store: str = Field(
        "",
        alias="STORE_URL",
        description="Where what is bought and made is kept: a folder, or s3://bucket/prefix for "
        "several machines; empty: below REELWRIGHT_HOME.",
    )
    store_cache_gb: float = Field(
        20,
        gt=0,
        alias="STORE_CACHE_GB",
        description="Most GB that this machine keeps of a store in a bucket.",
    )
    deliver_to: str = Field(
        "",
        alias="DELIVER_TO",
        description="Where finished films are copied to: a folder, or s3://bucket/prefix.",
    )
    webhook: str = Field(
        "",
        alias="WEBHOOK_URL",
        repr=False,
        description="Who is told of every film, done or not, by a POST with its receipt.",
    )
    webhook_secret: str = Field(
        "",
        alias="WEBHOOK_SECRET",
        repr=False,
        description="The secret that these POSTs are signed with (HMAC-SHA256).",
    )
    s3_endpoint: str = Field(
        "",
        alias="AWS_ENDPOINT_URL",
        description="Another S3 server than Amazon's, such as http://minio:9000.",
    )
    s3_region: str = Field(
        "", alias="AWS_REGION", description="The buckets' region; empty: us-east-1."
    )
    s3_key_id: str = Field(
        "",
        alias="AWS_ACCESS_KEY_ID",
        repr=False,
        description="Who the buckets are used as; empty: the machine's role.",
    )
    s3_secret: str = Field("", alias="AWS_SECRET_ACCESS_KEY", repr=False, description="Its secret.")

    def s3_access(self) -> dict[str, str]:
        """How buckets are reached, as far as it is told."""
        told = {
            "endpoint": self.s3_endpoint,
            "region": self.s3_region or "us-east-1",
            "access_key_id": self.s3_key_id,
            "secret_access_key": self.s3_secret,
        }
        return {name: value for name, value in told.items() if value}
