"""GraphiQL in a headless Chromium: queries, mutations and subscriptions, without requests to other hosts."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.support.client_programs import make_workspace, run_program
from tests.support.server_process import ROOT, ServerProcess

SCRIPT = Path(__file__).parent / "browser" / "graphiql.mjs"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PAGE = ROOT / "frontend" / "dist" / "index.html"


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium was not found; set CHROMIUM to its path")
@pytest.mark.skipif(not PAGE.is_file(), reason="the page is not built; building it needs Node")
@pytest.mark.parametrize("transport", ["ws", "sse"])
def test_the_example_operations_run_in_the_browser(transport: str, server: ServerProcess, tmp_path: Path) -> None:
    make_workspace(tmp_path)
    shutil.copy(SCRIPT, tmp_path)

    result = run_program(tmp_path / SCRIPT.name, server, transport, str(tmp_path), CHROMIUM=str(CHROMIUM))

    assert result.returncode == 0, result.stdout + result.stderr
    assert json.loads(result.stdout) == {
        "tabs": ["GenerateImage", "FollowEverything", "FollowGeneration", "Providers", "Account"],
        "mutation": True,
        "followed": ['"PROCESSING"', '"COMPLETED"'],
        "query": True,
        "sockets": 1 if transport == "ws" else 0,
        "streams": 0 if transport == "ws" else 1,
        "foreignRequests": [],
        "errors": [],
        "violations": [],
        "address": f"{server.url}/graphiql/",
        "keyIsStored": False,
    }
