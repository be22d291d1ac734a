"""What can go wrong when something is made, and the one answer to each."""

from __future__ import annotations

from providers.requests import LineItem


class ProviderError(Exception):
    """A provider did not deliver; the subclass says what to do about it."""


class Transient(ProviderError):
    """The vendor is busy or briefly broken: wait `retry_after_s` (or back off) and send again.

    `may_be_taken`: it was an order, and a server that breaks may have taken it all the same.
    """

    def __init__(
        self, message: str, retry_after_s: float | None = None, may_be_taken: bool = False
    ) -> None:
        super().__init__(message, retry_after_s, may_be_taken)
        self.retry_after_s = retry_after_s
        self.may_be_taken = may_be_taken

    def __str__(self) -> str:
        return str(self.args[0])


class _Charged(ProviderError):
    """An end without a delivery that may cost all the same.

    `bill` is what the vendor charges for it; None: the call was sent and nobody knows.
    """

    def __init__(self, message: str, bill: tuple[LineItem, ...] | None = ()) -> None:
        super().__init__(message, bill)
        self.bill = bill

    def __str__(self) -> str:
        return str(self.args[0])


class Rejected(_Charged):
    """The content was refused: soften once, then fall back to the next provider."""


class Failed(_Charged):
    """The job ended and made nothing usable: once more, then the next provider."""


class Misconfigured(ProviderError):
    """No key, no credit, no such model: stop using this provider and say what to set."""
