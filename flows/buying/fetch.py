"""`reelwright models fetch`: weights of local models, with progress, resumed and checked."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from flows.buying.licences import model_warning
from flows.cli.desk import BAD_INPUT, DONE, INTERRUPTED, PROVIDER, err, plain, say
from flows.settings import Settings, load_settings
from providers.catalog import load_catalog
from providers.errors import Misconfigured, ProviderError
from providers.local.hub import Hub, Repository
from providers.local.weights import wants
from providers.models import Model


def fetch_models(names: list[str], to: Path | None) -> int:
    """Fetches the weights of the models called `names` below `to`, or the operator's folder."""
    try:
        settings = load_settings()
        catalog = load_catalog(settings.models, settings.machine_rates)
        models = [catalog.named(name) for name in names]
        if not models:
            raise Misconfigured("name the models: reelwright models fetch local-sdxl")
        if settings.models_offline:
            raise Misconfigured("MODELS_OFFLINE forbids to fetch weights; unset it")
        for model in models:
            if not wants(model):
                raise Misconfigured(f"{model.name} has no weights at the hub; see its settings")
            if sentence := model_warning(model):
                err.print(sentence, markup=False)
    except Misconfigured as wrong:
        return say(str(wrong), BAD_INPUT)
    try:
        for model in models:
            _fetch(model, settings, to)
    except ProviderError as failed:
        return say(str(failed), BAD_INPUT if isinstance(failed, Misconfigured) else PROVIDER)
    except KeyboardInterrupt:
        told = "stopped; what has come is kept: run the same command to continue"
        return say(told, INTERRUPTED)
    except OSError as failed:
        return say(f"{failed.strerror or failed}: {failed.filename or to}", BAD_INPUT)
    return DONE


def _fetch(model: Model, settings: Settings, to: Path | None) -> None:
    access = settings.access() | ({"MODELS_FOLDER": str(to)} if to else {})
    with closing(Hub(access)) as hub:
        for want in wants(model):
            plain(f"{model.name}: {_line(hub, hub.look(want))}")


def _line(hub: Hub, found: Repository) -> str:
    total = sum(file.size for file in found.files)
    columns = (
        TextColumn("  {task.description}"), BarColumn(bar_width=32), DownloadColumn(),
        TimeRemainingColumn(),
    )  # fmt: skip
    plain(f"fetching {found.name}: {total / 1e9:.2f} GB")
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        task = bars.add_task(found.name, total=total)

        def tell(path: str, more: int) -> None:
            bars.update(task, advance=more, description=path.rpartition("/")[2])

        folder = hub.fetch(found, tell)
    count = len(found.files)
    return f"{found.name} is whole: {count} files, {total / 1e9:.2f} GB, in {folder}"
