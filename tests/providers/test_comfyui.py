"""ComfyUI: orders under an id of ours, files in and out, and every way in which one can end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from providers import buying, comfyui
from providers.buying import buy, key_of
from providers.catalog import load_catalog, make_provider
from providers.errors import Failed, Misconfigured, ProviderError
from providers.requests import AnyRequest, ImageRequest, Job, VideoRequest
from providers.store import Asset, Store
from providers.templates import fill
from tests.lab.comfyui import ComfyUI
from tests.lab.faults import Rule
from tests.lab.server import Lab
from tests.providers.conftest import Purse

RATES = "workstation=3.60/h"
PLACES = {
    "prompt": "a fox", "negative": "text", "seed": 7, "size_width": 128, "size_height": 64,
    "frames": 17, "fps": 16, "picture": None, "speech": None,
}  # fmt: skip


def asked(name: str, **places: Any) -> Any:
    model = load_catalog().models[name]
    told = fill(model.input, {**PLACES, **places})
    common = {"provider": "comfyui", "model": model.id, "width": 128, "height": 64,
              "prompt": "a fox", "input": told}  # fmt: skip
    if model.capability == "image":
        return ImageRequest(**common)
    return VideoRequest(duration_s=1.0, **common)


SDXL, WAN = asked("sdxl-comfyui"), asked("wan-comfyui")


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    with Lab(queue_s=0.01, work_s=0.02) as lab:
        yield lab


@pytest.fixture
def lab(running: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    running.reset()
    server = at(running)
    server.restart()
    server.files.clear()
    server.missing_weights.clear()
    monkeypatch.setattr(comfyui, "POLL_S", {"image": 0.02, "video": 0.02})
    monkeypatch.setattr(buying, "BACKOFF_S", (0.0,) * 4)
    monkeypatch.setattr(buying, "ASK_BACKOFF_S", (0.0,) * 8)
    monkeypatch.setattr(buying, "LOOK_AFTER_S", 0.0)
    return running


def at(lab: Lab) -> ComfyUI:
    server = lab.vendors["comfyui"]
    assert isinstance(server, ComfyUI)
    return server


def provider(lab: Lab, opens: Path = Path()) -> Any:
    return make_provider("comfyui", lambda _: opens, lab.access, load_catalog(None, RATES))


def shop(lab: Lab, home: Path, request: AnyRequest, purse: Purse) -> Asset:
    return asyncio.run(buy(Store(home), provider(lab), request, purse)).asset


def orders(lab: Lab) -> int:
    return len([seen for seen in lab.requests if seen.route == "prompt" and seen.status == 200])


@pytest.mark.parametrize(
    "name",
    ["sdxl-comfyui", "flux-schnell-comfyui", "wan-comfyui", "ltx-comfyui", "hunyuan-comfyui"],
)
def test_every_workflow_delivers_what_was_ordered(
    lab: Lab, tmp_path: Path, purse: Purse, name: str
) -> None:
    asset = shop(lab, tmp_path, asked(name), purse)
    assert (asset.facts["width"], asset.facts["height"]) == (128, 64)
    (line,) = asset.bill
    assert (line.unit, Decimal("0.01") < line.quantity < 5) == ("second of workstation", True)
    assert purse.bills == [line.usd]
    assert not lab.violations


def test_what_goes_out_is_the_filled_workflow_under_an_id_of_ours(lab: Lab) -> None:
    job = asyncio.run(provider(lab).image(SDXL))
    (seen,) = [seen for seen in lab.requests if seen.route == "prompt"]
    graph = seen.body["prompt"]
    assert seen.body["prompt_id"] == job.id
    assert graph["2"]["inputs"]["text"] == "a fox"
    assert (graph["5"]["inputs"]["seed"], graph["5"]["inputs"]["steps"]) == (7, 30)
    assert graph["7"]["inputs"]["filename_prefix"] == f"reelwright/{job.id}"
    assert seen.headers["authorization"].startswith("Bearer ")


def test_another_workflow_is_another_purchase(lab: Lab, tmp_path: Path) -> None:
    mine = tmp_path / "mine.json"
    shipped = Path(comfyui.__file__).with_name("workflows") / "sdxl.json"
    (tmp_path / "models.toml").write_text(
        f'[models.sdxl-comfyui]\nengine = {{ workflow = "{mine}" }}\n'
    )
    mine.write_text(shipped.read_text())
    own = make_provider("comfyui", Path, {}, load_catalog(tmp_path / "models.toml"))
    assert key_of(own, SDXL) == key_of(provider(lab), SDXL)
    mine.write_text(shipped.read_text().replace("dpmpp_2m", "euler"))
    assert key_of(own, SDXL) != key_of(provider(lab), SDXL)


def test_an_order_that_is_there_already_is_not_sent_again(lab: Lab) -> None:
    async def twice() -> tuple[Job, Job, Job]:
        one = provider(lab)
        first = await one.video(WAN)
        second = await one.video(WAN)
        while isinstance(await one.poll(first), Job):
            await asyncio.sleep(0.02)
        return first, second, await one.video(WAN)

    first, second, third = asyncio.run(twice())
    assert first == second == third
    assert orders(lab) == 1


def test_what_was_made_and_cannot_be_fetched_any_more_is_made_again(
    lab: Lab, tmp_path: Path, purse: Purse
) -> None:
    shop(lab, tmp_path / "one", SDXL, purse)
    shop(lab, tmp_path / "two", SDXL, purse)
    assert orders(lab) == 1
    at(lab).files.clear()
    shop(lab, tmp_path / "three", SDXL, purse)
    assert orders(lab) == 2


@pytest.mark.parametrize("fault", ["reset_after", "malformed", "half"])
def test_an_order_whose_answer_was_lost_is_found(
    lab: Lab, tmp_path: Path, purse: Purse, fault: str
) -> None:
    lab.faults.script(Rule(fault, "comfyui", "prompt", nth=1))
    shop(lab, tmp_path, SDXL, purse)
    assert (orders(lab), purse.unknown) == (0 if fault == "reset_after" else 1, 0)
    assert len(lab.bill.charges) == 1


@pytest.mark.parametrize("route", ["prompt", "history", "queue", "view"])
@pytest.mark.parametrize("fault", ["busy", "busy_silent", "error_502", "error_503", "reset"])
def test_a_server_in_trouble_is_asked_again(
    lab: Lab, tmp_path: Path, purse: Purse, fault: str, route: str
) -> None:
    lab.faults.script(Rule(fault, "comfyui", route, nth=1))
    shop(lab, tmp_path, SDXL, purse)
    assert (len(lab.bill.charges), orders(lab)) == (1, 1)


def test_a_node_that_failed_is_named_in_one_sentence_and_its_seconds_are_billed(
    lab: Lab, tmp_path: Path, purse: Purse
) -> None:
    lab.faults.script(Rule("failed", "comfyui", "prompt"))
    told = (
        r"^the server comfyui: node 5 \(KSampler\) failed: Allocation on device 0 would exceed "
        r"allowed memory\. \(out of memory\)$"
    )
    with pytest.raises(Failed, match=told):
        shop(lab, tmp_path, SDXL, purse)
    assert orders(lab) == 2, "what failed is tried once more, and its old end is not taken for it"
    assert len(purse.bills) == 2
    assert all(purse.bills)


def test_weights_that_the_server_does_not_have_are_named(
    lab: Lab, tmp_path: Path, purse: Purse
) -> None:
    at(lab).missing_weights.add("sd_xl_base_1.0.safetensors")
    told = (
        r"refuses the workflow: node 1 \(CheckpointLoaderSimple\): Value not in list "
        r"ckpt_name: 'sd_xl_base_1\.0\.safetensors' not in"
    )
    with pytest.raises(Misconfigured, match=told):
        shop(lab, tmp_path, SDXL, purse)
    assert (orders(lab), purse.bills) == (0, [Decimal(0)])


def test_a_node_that_is_not_installed_is_told(desk: Any) -> None:
    for body in ({}, {"queue_running": [], "queue_pending": []}, {}):
        desk.answer(200, body)
    missing = {"type": "missing_node_type", "message": "Node 'LTXVScheduler' not found."}
    desk.answer(400, {"error": missing, "node_errors": {}})
    one = make_provider("comfyui", Path, {"SERVERS=comfyui=": desk.url}, load_catalog())
    with pytest.raises(Misconfigured, match="refuses the workflow: Node 'LTXVScheduler' not found"):
        asyncio.run(one.image(SDXL))


def test_a_server_that_was_started_anew_has_lost_its_orders(lab: Lab) -> None:
    async def lost() -> None:
        one = provider(lab)
        job = await one.video(WAN)
        at(lab).restart()
        await one.poll(job)

    with pytest.raises(Failed, match="was started anew") as told:
        asyncio.run(lost())
    assert told.value.bill is None


@pytest.mark.slow
def test_an_order_that_was_lost_is_placed_again(lab: Lab, tmp_path: Path, purse: Purse) -> None:
    lab.faults.script(Rule("stuck", "comfyui", "prompt", nth=1))

    async def bought() -> Any:
        async def restart() -> None:
            while not at(lab).runs:
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.1)
            at(lab).restart()

        made, _ = await asyncio.gather(buy(Store(tmp_path), provider(lab), SDXL, purse), restart())
        return made

    assert asyncio.run(bought()).asset.media_type == "image/png"
    assert (orders(lab), purse.unknown) == (2, 1)


def test_an_order_is_called_off_in_the_queue_and_while_it_runs(lab: Lab) -> None:
    lab.faults.script(Rule("stuck", "comfyui", "prompt"))

    async def called_off() -> tuple[str, str]:
        one = provider(lab)
        first = await one.image(SDXL)
        second = await one.image(asked("sdxl-comfyui", seed=8))
        await asyncio.sleep(0.1)
        why = []
        for job in (second, first):
            await one.cancel(job)
            await asyncio.sleep(0.1)
            try:
                await one.poll(job)
            except ProviderError as ended:
                why.append(str(ended))
        return why[0], why[1]

    queued, running = asyncio.run(called_off())
    assert "does not know order" in queued
    assert "interrupted at node 5 (KSampler)" in running


def test_files_go_up_first_and_the_workflow_names_them(
    lab: Lab, tmp_path: Path, picture: Callable[..., bytes]
) -> None:
    (tmp_path / "in.png").write_bytes(picture())
    animated = asked("wan-i2v-comfyui", picture="f" * 64)
    asyncio.run(provider(lab, tmp_path / "in.png").video(animated))
    routes = [seen.route for seen in lab.requests]
    assert routes[-2:] == ["upload", "prompt"]
    assert at(lab).inputs["f" * 32 + ".png"] == picture()
    assert lab.requests[-1].body["prompt"]["7"]["inputs"]["image"] == "f" * 32 + ".png"


def test_a_workflow_that_animates_a_picture_is_refused_without_one(lab: Lab) -> None:
    with pytest.raises(Misconfigured, match="cannot do without image; name someone with a picture"):
        provider(lab).quote(asked("wan-i2v-comfyui"))


@pytest.mark.parametrize("name", ["wan-s2v-comfyui", "liveportrait-comfyui"])
def test_who_speaks_is_a_picture_and_a_voice(
    lab: Lab, tmp_path: Path, sound: Callable[..., bytes], purse: Purse, name: str
) -> None:
    (tmp_path / "in").write_bytes(sound(1.0))
    request = asked(name, picture="a" * 64, speech="b" * 64)
    one = provider(lab, tmp_path / "in")
    asset = asyncio.run(buy(Store(tmp_path / "store"), one, request, purse)).asset
    assert asset.media_type == "video/mp4"
    assert len([seen for seen in lab.requests if seen.route == "upload"]) == 2
    assert at(lab).inputs["b" * 32 + ".wav"] == sound(1.0)
    assert not lab.violations


def test_an_order_of_a_run_that_was_killed_is_collected_by_the_next(
    lab: Lab, tmp_path: Path, purse: Purse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab.bench, "work_s", 0.5)

    async def killed() -> None:
        run = asyncio.create_task(buy(Store(tmp_path), provider(lab), WAN, purse))
        while not orders(lab):
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.05)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)

    asyncio.run(killed())
    shop(lab, tmp_path, WAN, purse)
    assert (orders(lab), len(lab.bill.charges), purse.unknown) == (1, 1, 0)
