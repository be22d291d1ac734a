"""The lab: all vendors on this machine, in a thread, for as long as a `with` block lasts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.lab.anthropic import Anthropic
from tests.lab.assemblyai import AssemblyAI
from tests.lab.bill import Bill, as_json
from tests.lab.comfyui import ComfyUI
from tests.lab.edge import PATH as EDGE_PATH
from tests.lab.edge import Edge
from tests.lab.elevenlabs import ElevenLabs
from tests.lab.fal import Fal
from tests.lab.faults import KNOWN, Faults, Rule
from tests.lab.file_host import FileHost
from tests.lab.gemini import Gemini
from tests.lab.guard import Guard
from tests.lab.local_server import SERVERS, LocalServer
from tests.lab.openai import OpenAI
from tests.lab.own_server import OwnServer
from tests.lab.replicate import Replicate
from tests.lab.vendor import Bench, Seen, Vendor
from tests.lab.web import Reply, Request, json_reply, serve

VENDORS: tuple[type[Vendor], ...] = (
    OpenAI,
    Replicate,
    Fal,
    ElevenLabs,
    Gemini,
    Anthropic,
    AssemblyAI,
    OwnServer,
    Guard,
    LocalServer,
    ComfyUI,
)


class Lab:
    """Starts the vendors and tells where they are; `port` 0 takes free ports, else three in a row.

    `rules` and `probability` say what goes wrong; `bill_path` keeps the bill also after a kill;
    the times (seconds) are how long everything takes, see `Bench`.
    """

    def __init__(
        self,
        rules: Iterable[Rule] = (),
        *,
        probability: float = 0.0,
        seed: int = 0,
        port: int = 0,
        bill_path: Path | None = None,
        **times: Any,
    ) -> None:
        self.bill = Bill(bill_path)
        self.faults = Faults(rules, probability, seed)
        self.bench = Bench(self.bill, self.faults, **times)
        self.vendors = {kind.name: kind(self.bench) for kind in VENDORS}
        self.files = FileHost(self.bench)
        self.edge = Edge(self.bench)
        self.urls: dict[str, str] = {}
        """Environment variables, keys among them, that point a client at the lab."""
        self._port = port
        self._ready = threading.Event()
        self._failed: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="lab", daemon=True)

    @property
    def requests(self) -> tuple[Seen, ...]:
        """Everything that reached the lab so far, its own pages apart."""
        with self.bench.lock:
            return tuple(self.bench.requests)

    @property
    def violations(self) -> tuple[str, ...]:
        """What a vendor would not like to see: a key sent to a file host, a broken contract."""
        with self.bench.lock:
            return tuple(self.bench.violations)

    @property
    def access(self) -> dict[str, str]:
        """Keys and addresses as a provider is given them."""
        told = dict(self.urls)
        for setting in ("SERVERS", "SERVER_KEYS"):
            pairs = (pair.split("=", 1) for pair in self.urls[setting].split(","))
            told |= {f"{setting}={name}=": value for name, value in pairs}
        return told

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(30)
        if self._failed is not None:
            raise self._failed
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)

    def wait(self) -> None:
        """Stays until interrupted."""
        self._thread.join()

    def reset(self) -> None:
        """Forgets bill, requests, violations and faults; orders on their way go on."""
        self.bill.clear()
        self.faults.clear()
        with self.bench.lock:
            self.bench.requests.clear()
            self.bench.violations.clear()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except OSError as error:
            self._failed = error
            self._ready.set()

    async def _main(self) -> None:
        ports = (self._port + i if self._port else 0 for i in range(3))
        api = await serve(self._answer, next(ports))
        host = await serve(self.files.answer, next(ports))
        talk = await self.edge.open(next(ports))
        self.bench.url = f"http://127.0.0.1:{api.sockets[0].getsockname()[1]}"
        self.bench.file_url = f"http://127.0.0.1:{host.sockets[0].getsockname()[1]}"
        edge_port = next(iter(talk.sockets)).getsockname()[1]
        url = self.bench.url
        self.urls = {
            "OPENAI_BASE_URL": f"{url}/openai/v1",
            "OPENAI_API_KEY": OpenAI.key,
            "REPLICATE_BASE_URL": f"{url}/replicate/v1",
            "REPLICATE_API_TOKEN": Replicate.key,
            "FAL_QUEUE_URL": f"{url}/fal",
            "FAL_KEY": Fal.key,
            "ELEVENLABS_BASE_URL": f"{url}/elevenlabs",
            "ELEVENLABS_API_KEY": ElevenLabs.key,
            "GEMINI_BASE_URL": f"{url}/gemini",
            "GEMINI_API_KEY": Gemini.key,
            "ANTHROPIC_BASE_URL": f"{url}/anthropic",
            "ANTHROPIC_API_KEY": Anthropic.key,
            "LLM_BASE_URL": f"{url}/llm/v1",
            "LLM_API_KEY": OwnServer.key,
            "GUARD_BASE_URL": f"{url}/guard/v1",
            "GUARD_API_KEY": Guard.key,
            "SERVERS": ",".join(f"{name}={url}{path}" for name, path in SERVERS.items()),
            "SERVER_KEYS": ",".join(f"{name}={LocalServer.key}" for name in SERVERS),
            "ASSEMBLYAI_BASE_URL": f"{url}/assemblyai",
            "ASSEMBLYAI_API_KEY": AssemblyAI.key,
            # Tones say no words: nobody can find any in them.
            "ALIGNER": "characters",
            "EDGE_TTS_URL": f"ws://127.0.0.1:{edge_port}{EDGE_PATH}?TrustedClientToken=lab",
        }
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await self._stop.wait()
        for server in (api, host, talk):
            server.close()
        await talk.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        # Transports close in the round after their writers.
        await asyncio.sleep(0.01)

    async def _answer(self, request: Request) -> Reply:
        _, first, *rest = request.path.split("/", 2)
        path = "/" + (rest[0] if rest else "")
        if first == "lab":
            return self._tell(request, path)
        if first in self.vendors:
            return await self.vendors[first].answer(request, path)
        told = f"the lab has {', '.join(self.vendors)} and lab, not {first!r}"
        return json_reply(404, {"detail": told})

    def _tell(self, request: Request, path: str) -> Reply:
        """The lab's own pages, for those who started it as a process."""
        told = request.json()
        match request.method, path:
            case "GET", "/bill":
                return json_reply(200, {
                    "usd": str(self.bill.usd),
                    "charges": [as_json(c) for c in self.bill.charges],
                    "doubles": self.bill.doubles(),
                })  # fmt: skip
            case "GET", "/requests":
                return json_reply(200, [asdict(seen) for seen in self.requests])
            case "GET", "/violations":
                return json_reply(200, list(self.violations))
            case "GET", "/faults":
                happened = [[*key, n] for key, n in sorted(self.faults.happened.items())]
                return json_reply(200, {"known": KNOWN, "happened": happened})
            case "POST", "/faults":
                return self._script(told)
            case "POST", "/reset":
                self.reset()
                return Reply(204)
        return json_reply(404, {"detail": "see docs/rehearsal.md for the lab's own pages"})

    def _script(self, told: Any) -> Reply:
        try:
            if isinstance(told, dict):
                self.faults.probability = float(told["probability"])
                self.faults.seed = int(told.get("seed", self.faults.seed))
            else:
                self.faults.script(*told)
        except (KeyError, TypeError, ValueError) as wrong:
            return json_reply(422, {"detail": f"a list of rules, or a probability: {wrong}"})
        return Reply(204)
