"""`reelwright models fetch` against a stand-in of the hub: cut, spoiled, refused, resumed."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.buying.fetch import fetch_models
from flows.cli.models import show_models
from providers.local import hub as hub_module

COMMIT = "c0ffee" + "0" * 34
Capture = pytest.CaptureFixture[str]


class Stand:
    """The hub's side: files by path, what is asked of it, and how it misbehaves."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        self.asked: list[tuple[str, str]] = []
        """Paths that were asked for, with the range."""
        self.cut_after: dict[str, int] = {}
        """Bytes after which a file's transfer breaks, the first time."""
        self.spoiled: set[str] = set()
        self.closed = False
        self.url = ""

    def listing(self, repository: str) -> dict[str, object]:
        entries = []
        for path, content in self.files[repository].items():
            entry: dict[str, object] = {
                "rfilename": path, "size": len(content),
                "blobId": hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest(),
            }  # fmt: skip
            if path.endswith(".safetensors"):
                sha = hashlib.sha256(content).hexdigest()
                entry["lfs"] = {"sha256": sha, "size": len(content), "pointerSize": 130}
            entries.append(entry)
        return {"sha": COMMIT, "siblings": entries}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    stand = Stand()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if stand.closed:
                self.answer(403, b"")
            elif path.startswith("/api/models/"):
                name = path.removeprefix("/api/models/").partition("/revision/")[0]
                known = name in stand.files
                told = json.dumps(stand.listing(name)).encode() if known else b""
                self.answer(200 if known else 404, told)
            else:
                name, _, file = path[1:].partition(f"/resolve/{COMMIT}/")
                self.give(file, stand.files[name][file])

        def give(self, file: str, content: bytes) -> None:
            asked = self.headers.get("range", "")
            stand.asked.append((file, asked))
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            if file in stand.spoiled:
                content = b"x" * len(content)
            cut = stand.cut_after.pop(file, None)
            self.send_response(206 if asked else 200)
            if "gzip" in self.headers.get("accept-encoding", ""):
                content = gzip.compress(content)
                self.send_header("content-encoding", "gzip")
            self.send_header("content-length", str(len(content) - start))
            self.end_headers()
            self.wfile.write(content[start:cut])
            self.close_connection = True

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    stand.url = f"http://127.0.0.1:{server.server_port}"
    stand.files["black-forest-labs/FLUX.1-schnell"] = {
        "model_index.json": b"{}",
        "README.md": b"hello",
        "flux1-schnell.safetensors": b"twice" * 99,
        "transformer/config.json": b'{"a": 1}',
        "transformer/model.safetensors": bytes(range(256)) * 4000,
        "transformer/model.fp16.safetensors": b"half" * 99,
        "vae/model.safetensors": b"vae" * 999,
        "vae/model.bin": b"old",
    }
    monkeypatch.setenv("HF_ENDPOINT", stand.url)
    monkeypatch.setattr(hub_module, "PAUSES_S", (0.0, 0.0))
    yield stand
    server.shutdown()
    server.server_close()
    thread.join()


FLUX = "local-flux-schnell"


def fetched(folder: Path) -> set[str]:
    place = folder / "black-forest-labs--FLUX.1-schnell"
    return {str(p.relative_to(place)) for p in place.rglob("*") if p.is_file()}


def test_what_a_model_needs_is_fetched_and_nothing_else(
    hub: Stand, tmp_path: Path, capsys: Capture
) -> None:
    assert fetch_models([FLUX], tmp_path) == 0
    assert "is whole: 4 files" in capsys.readouterr().out
    assert fetched(tmp_path) == {
        "model_index.json", "transformer/config.json", "transformer/model.safetensors",
        "vae/model.safetensors", ".reelwright.json",
    }  # fmt: skip
    hub.asked.clear()
    assert fetch_models([FLUX], tmp_path) == 0
    assert hub.asked == [], "what is there is not fetched again"


def test_a_transfer_that_breaks_goes_on_where_it_broke(hub: Stand, tmp_path: Path) -> None:
    hub.cut_after["transformer/model.safetensors"] = 300_000
    assert fetch_models([FLUX], tmp_path) == 0
    ranges = [asked for file, asked in hub.asked if file == "transformer/model.safetensors"]
    assert ranges == ["", "bytes=300000-"]
    place = tmp_path / "black-forest-labs--FLUX.1-schnell" / "transformer" / "model.safetensors"
    assert place.read_bytes() == bytes(range(256)) * 4000


def test_a_run_that_was_stopped_is_gone_on_with(hub: Stand, tmp_path: Path) -> None:
    place = tmp_path / "black-forest-labs--FLUX.1-schnell" / "vae"
    place.mkdir(parents=True)
    (place / "model.safetensors.part").write_bytes(b"vae" * 100)
    assert fetch_models([FLUX], tmp_path) == 0
    assert ("vae/model.safetensors", "bytes=300-") in hub.asked
    assert (place / "model.safetensors").read_bytes() == b"vae" * 999


@pytest.mark.parametrize("file", ["vae/model.safetensors", "transformer/config.json"])
def test_what_is_not_what_the_hub_says_is_thrown_away(
    hub: Stand, tmp_path: Path, capsys: Capture, file: str
) -> None:
    hub.spoiled.add(file)
    assert fetch_models([FLUX], tmp_path) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{file} of black-forest-labs/FLUX.1-schnell is not what the hub says it is" in line
    assert file not in fetched(tmp_path)
    assert f"{file}.part" not in fetched(tmp_path)
    assert ".reelwright.json" not in fetched(tmp_path)
    hub.spoiled.clear()
    assert fetch_models([FLUX], tmp_path) == 0


def test_weights_that_ask_for_consent_say_so(hub: Stand, tmp_path: Path, capsys: Capture) -> None:
    hub.closed = True
    assert fetch_models([FLUX], tmp_path) == 2
    assert "accept its licence at" in capsys.readouterr().err


def test_an_adapter_comes_with_its_model(hub: Stand, tmp_path: Path) -> None:
    hub.files["stabilityai/stable-diffusion-xl-base-1.0"] = {
        "model_index.json": b"{}",
        "unet/model.safetensors": b"whole",
        "unet/model.fp16.safetensors": b"half",
        "tokenizer/vocab.json": b"{}",
    }
    hub.files["h94/IP-Adapter"] = {
        "sdxl_models/ip-adapter_sdxl.safetensors": b"adapter",
        "sdxl_models/image_encoder/config.json": b"{}",
        "models/other.safetensors": b"other",
    }
    assert fetch_models(["local-sdxl"], tmp_path) == 0
    found = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.safetensors")}
    assert found == {
        "stabilityai--stable-diffusion-xl-base-1.0/unet/model.fp16.safetensors",
        "h94--IP-Adapter/sdxl_models/ip-adapter_sdxl.safetensors",
    }


def test_a_variant_in_several_files_comes_whole(hub: Stand, tmp_path: Path) -> None:
    shards = {f"unet/m.fp16-{n}-of-2.safetensors": b"half" * n for n in (1, 2)}
    hub.files["stabilityai/stable-diffusion-xl-base-1.0"] = {
        "model_index.json": b"{}",
        "unet/m.safetensors.index.json": b"{}",
        "unet/m.safetensors.index.fp16.json": b"{}",
        "unet/m-1-of-1.safetensors": b"whole",
        "vae/only.safetensors": b"one",
        **shards,
    }
    hub.files["h94/IP-Adapter"] = {"sdxl_models/ip-adapter_sdxl.safetensors": b"adapter"}
    assert fetch_models(["local-sdxl"], tmp_path) == 0
    place = tmp_path / "stabilityai--stable-diffusion-xl-base-1.0"
    found = {str(p.relative_to(place)) for p in place.rglob("*.*") if p.is_file()}
    assert found == {
        *shards, "model_index.json", "unet/m.safetensors.index.fp16.json", "vae/only.safetensors",
        ".reelwright.json",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], "name the models"),
        (["local-flux-schnel"], "did you mean 'local-flux-schnell'?"),
        (["espeak"], "espeak has no weights at the hub"),
        (["local-wan"], "has no Wan-AI/Wan2.1-T2V-1.3B-Diffusers"),
    ],
)
def test_what_cannot_be_fetched_is_told_in_one_sentence(
    hub: Stand, tmp_path: Path, capsys: Capture, names: list[str], told: str
) -> None:
    assert fetch_models(names, tmp_path) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


def test_offline_nothing_is_fetched(
    hub: Stand, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELS_OFFLINE", "1")
    assert fetch_models([FLUX], tmp_path) == 2
    assert "MODELS_OFFLINE forbids" in capsys.readouterr().err
    assert hub.asked == []


def test_models_tells_what_is_here(
    hub: Stand, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELS_FOLDER", str(tmp_path / "weights"))
    monkeypatch.setenv("ENGINES_PYTHON", "python")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    assert show_models([FLUX]) == 0
    said = capsys.readouterr().out
    assert f"fetch them with: reelwright models fetch {FLUX}" in said
    assert fetch_models([FLUX], None) == 0
    capsys.readouterr()
    assert show_models([FLUX]) == 0
    said = capsys.readouterr().out
    assert "ready: yes" in said
    assert "weights: black-forest-labs/FLUX.1-schnell: 0.001 GB in" in said
