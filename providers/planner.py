"""Language models on four wires, through pydantic-ai: one answer is one purchase.

Responses, Chat Completions, Messages and `generateContent`. The answer is kept as it came, cut off
or refused too: whoever asked judges it, and what was paid for is not paid for again.
"""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from providers._cloud import MILLION, Cloud
from providers._http import CONNECT_S, Answer, Vendor, base_of, key_of, refusal
from providers._servers import Stopwatch, server_of
from providers.errors import Failed, Misconfigured, ProviderError, Rejected, Transient
from providers.models import Model
from providers.pricing import hardware
from providers.requests import AnyRequest, Made, PlanRequest

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.models import Model as Speaker

PATIENCE_S = 300.0
"""How long a model may be silent: large ones think for minutes."""
MESSAGE_TOKENS = 16
"""What a turn may take beside its text: its role, and the marks around it."""
NO_KEY = "no-key"
"""What a server of one's own is sent where it asks for no key; the libraries insist on one."""
_NO_CREDIT = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")
_REFUSED = ("content_filter", "content_policy_violation", "invalid_prompt")
_ENDS = {"stop": "stop", "length": "length", "content_filter": "refused"}


class Planner(Cloud):
    """A vendor of words. Subclasses say where it is and which wire it speaks."""

    streams: ClassVar[bool] = False
    """Whether its answer is taken in as it is written, so that a long one is no long silence."""

    def count(self, model: Model, request: AnyRequest) -> dict[str, Decimal]:
        """At most so many tokens: one for each byte that goes in, and all that may come out.

        No tokenizer makes more of a text than it has bytes.
        """
        count = super().count(model, request)
        if isinstance(request, PlanRequest):
            told = [request.system, *request.turns, json.dumps(request.answer_schema)]
            most = sum(len(text.encode()) + MESSAGE_TOKENS for text in told)
            count["M input tokens"] = Decimal(most) / MILLION
            count["M output tokens"] = Decimal(request.most_tokens) / MILLION
        return count

    async def plan(self, request: PlanRequest) -> Made:
        """JSON: `text`, and how it ended in `finish`: stop, length or refused."""
        model, watch = self.model_of(request), Stopwatch()
        vendor = self.vendor_of(model)
        wire = _Wire(vendor)
        async with wire.client() as client:
            answer = await wire.ask(
                lambda: self.speaker(vendor, request.model, client), request, self.streams
            )
        used = {
            "M input tokens": Decimal(answer.usage.input_tokens) / MILLION,
            "M output tokens": Decimal(answer.usage.output_tokens) / MILLION,
        }
        finish = _ENDS.get(str(answer.finish_reason), "stop")
        text = "".join(part.content for part in answer.parts if part.part_kind == "text")
        told = json.dumps({"finish": finish, "text": text}, ensure_ascii=False)
        seen = used if answer.usage.has_values() else {}
        bill = self.bill(request, seen | hardware(model, watch.seconds))
        return Made(
            data=told.encode(),
            media_type="application/json",
            facts={
                "finish": finish,
                "input_tokens": answer.usage.input_tokens,
                "output_tokens": answer.usage.output_tokens,
            },
            bill=bill,
        )

    def vendor_of(self, model: Model) -> Vendor:
        """Where `model` is asked, with which key. Raises Misconfigured."""
        return server_of(self.access, model) if model.server else self.vendor()

    def vendor(self) -> Vendor:
        """The vendor's own address. Raises Misconfigured."""
        raise NotImplementedError

    def speaker(self, vendor: Vendor, model: str, client: httpx2.AsyncClient) -> Speaker:
        """The library's model, with its own retries off."""
        raise NotImplementedError


class OpenAIText(Planner):
    """OpenAI's models by Responses."""

    name: ClassVar[str] = "openai-text"

    def vendor(self) -> Vendor:
        key = key_of(self.access, "OPENAI_API_KEY", "https://platform.openai.com/api-keys")
        base = base_of(self.access, "OPENAI_BASE_URL", "https://api.openai.com/v1")
        return Vendor("openai", base, "OPENAI_API_KEY", key, {}, _reads)

    def speaker(self, vendor: Vendor, model: str, client: httpx2.AsyncClient) -> Speaker:
        from openai import AsyncOpenAI
        from pydantic_ai.models.openai import OpenAIResponsesModel
        from pydantic_ai.providers.openai import OpenAIProvider

        told = AsyncOpenAI(
            api_key=vendor.key, base_url=vendor.base, max_retries=0, http_client=client
        )
        return OpenAIResponsesModel(model, provider=OpenAIProvider(openai_client=told))


class Compatible(Planner):
    """Any server with OpenAI's Chat Completions: vLLM, Ollama, llama.cpp, or a vendor's."""

    name: ClassVar[str] = "openai-compatible"

    def vendor(self) -> Vendor:
        if not self.access.get("LLM_BASE_URL"):
            raise Misconfigured(
                "LLM_BASE_URL is not set; name your server, such as http://127.0.0.1:8000/v1"
            )
        key = NO_KEY
        if self.access.get("LLM_API_KEY"):
            key = key_of(self.access, "LLM_API_KEY", "your server's operator")
        base = base_of(self.access, "LLM_BASE_URL", "")
        return Vendor("LLM_BASE_URL", base, "LLM_API_KEY", key, {}, _reads)

    def speaker(self, vendor: Vendor, model: str, client: httpx2.AsyncClient) -> Speaker:
        from openai import AsyncOpenAI
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.profiles.openai import OpenAIModelProfile
        from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

        told = AsyncOpenAI(
            api_key=vendor.key or NO_KEY, base_url=vendor.base, max_retries=0, http_client=client
        )
        # All servers know `max_tokens`, and only some its successor; and a server that does not
        # enforce a schema must at least have read it.
        profile = OpenAIModelProfile(
            openai_chat_supports_max_completion_tokens=False,
            supports_json_schema_output=True,
            native_output_requires_schema_in_instructions=True,
        )
        by = OpenAICompatibleProvider("own", openai_client=told)
        return OpenAIChatModel(model, provider=by, profile=profile)


class Anthropic(Planner):
    """Claude by Messages, as a stream."""

    name: ClassVar[str] = "anthropic"
    streams: ClassVar[bool] = True

    def vendor(self) -> Vendor:
        key = key_of(self.access, "ANTHROPIC_API_KEY", "https://console.anthropic.com")
        base = base_of(self.access, "ANTHROPIC_BASE_URL", "https://api.anthropic.com")
        return Vendor("anthropic", base, "ANTHROPIC_API_KEY", key, {}, _reads)

    def speaker(self, vendor: Vendor, model: str, client: httpx2.AsyncClient) -> Speaker:
        from anthropic import AsyncAnthropic
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        told = AsyncAnthropic(
            api_key=vendor.key, base_url=vendor.base, max_retries=0, http_client=client
        )
        return AnthropicModel(model, provider=AnthropicProvider(anthropic_client=told))


class GeminiText(Planner):
    """Gemini by `generateContent`."""

    name: ClassVar[str] = "gemini-text"

    def vendor(self) -> Vendor:
        key = key_of(self.access, "GEMINI_API_KEY", "https://aistudio.google.com/apikey")
        default = "https://generativelanguage.googleapis.com"
        base = base_of(self.access, "GEMINI_BASE_URL", default)
        return Vendor("gemini", base, "GEMINI_API_KEY", key, {}, _reads)

    def speaker(self, vendor: Vendor, model: str, client: httpx2.AsyncClient) -> Speaker:
        from pydantic_ai.models.google import GoogleModel
        from pydantic_ai.providers.google import GoogleProvider

        by = GoogleProvider(api_key=vendor.key, base_url=vendor.base, http_client=client)
        return GoogleModel(model, provider=by)


class _Wire:
    """One call: what the vendor answered on the wire, and what that means."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._refused: Answer | None = None

    def client(self) -> httpx2.AsyncClient:
        """A client that keeps an answer with an error status, which libraries tell in part."""
        import httpx2

        async def note(reply: httpx2.Response) -> None:
            if reply.status_code >= 400:
                content = await reply.aread()
                self._refused = Answer(reply.status_code, dict(reply.headers), content)

        waits = httpx2.Timeout(PATIENCE_S, connect=CONNECT_S)
        return httpx2.AsyncClient(timeout=waits, event_hooks={"response": [note]})

    async def ask(self, speaker: Any, request: PlanRequest, streams: bool) -> ModelResponse:
        """The model's answer. Raises Transient, Rejected, Failed or Misconfigured."""
        try:
            model = speaker()
        except ImportError:
            missing = f"{self._vendor.name} needs a package: pip install 'reelwright[llm-all]'"
            raise Misconfigured(missing) from None
        from pydantic_ai.direct import model_request, model_request_stream
        from pydantic_ai.models import ModelRequestParameters
        from pydantic_ai.output import OutputObjectDefinition
        from pydantic_ai.settings import ModelSettings

        parameters = ModelRequestParameters()
        if request.answer_schema:
            wanted = OutputObjectDefinition(request.answer_schema, name="answer", strict=True)
            parameters = ModelRequestParameters(output_mode="native", output_object=wanted)
        settings = ModelSettings(max_tokens=request.most_tokens, **request.input)  # type: ignore[typeddict-item]
        try:
            async with asyncio.timeout(PATIENCE_S * 2):
                turns = _messages(request)
                if not streams:
                    return await model_request(
                        model, turns, model_settings=settings, model_request_parameters=parameters
                    )
                async with model_request_stream(
                    model, turns, model_settings=settings, model_request_parameters=parameters
                ) as stream:
                    async for _ in stream:
                        pass
                    return stream.get()
        except ProviderError:
            raise
        except Exception as failed:  # noqa: BLE001 - four libraries, each with errors of its own
            raise self._meaning(failed) from None

    def _meaning(self, failed: Exception) -> ProviderError:
        """What a library's error stands for, by what was on the wire."""
        import httpx2

        name = self._vendor.name
        if self._refused is not None:
            return refusal(self._vendor, "POST", self._refused)
        causes: list[BaseException] = [failed]
        while (deeper := causes[-1].__cause__ or causes[-1].__context__) and len(causes) < 8:
            causes.append(deeper)
        what = type(causes[-1]).__name__
        if any(isinstance(c, httpx2.UnsupportedProtocol | httpx2.InvalidURL) for c in causes):
            return Misconfigured(f"{name} cannot be called at {self._vendor.base}")
        unsent = httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError
        if any(isinstance(c, unsent) for c in causes):
            return Transient(f"{name} cannot be reached at {self._vendor.base} ({what})")
        if any(isinstance(c, httpx2.TransportError | TimeoutError) for c in causes):
            told = f"{name} broke off ({what}) after the order was sent; it may be billed"
            return Failed(told, bill=None)
        # What the library says may quote the answer, or what it was given: it is not repeated.
        return Failed(f"{name} answered with something unreadable ({what})", bill=None)


def _messages(request: PlanRequest) -> list[ModelMessage]:
    from pydantic_ai.messages import (
        ModelRequest,
        ModelResponse,
        SystemPromptPart,
        TextPart,
        UserPromptPart,
    )

    first, *rest = request.turns
    told: list[ModelMessage] = [
        ModelRequest(parts=[SystemPromptPart(request.system), UserPromptPart(first)])
    ]
    for number, turn in enumerate(rest):
        is_ours = number % 2 == 1
        told.append(
            ModelRequest(parts=[UserPromptPart(turn)])
            if is_ours
            else ModelResponse(parts=[TextPart(turn)])
        )
    return told


def _reads(answer: Answer, told: str) -> ProviderError | None:
    said = answer.json()
    error = said.get("error") if isinstance(said, dict) else None
    code = str(error.get("code") or error.get("type")) if isinstance(error, dict) else ""
    if code in _NO_CREDIT:
        return Misconfigured(f"there is no credit left for this key; add credit: {told}")
    if code in _REFUSED:
        return Rejected(f"the model refuses the content: {told}")
    if answer.status == 400 and "API_KEY_INVALID" in answer.content.decode(errors="replace"):
        return Misconfigured("gemini refuses the key (400); check GEMINI_API_KEY")
    return None
