"""GraphiQL in a real headless Chromium: it asks, changes and follows, and speaks to nobody but the server."""

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


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium; name one in CHROMIUM")
@pytest.mark.skipif(not PAGE.is_file(), reason="the page is not built: that needs Node")
@pytest.mark.parametrize("transport", ["ws", "sse"])
def test_a_person_asks_changes_and_follows(transport: str, server: ServerProcess, tmp_path: Path) -> None:
    make_workspace(tmp_path)
    shutil.copy(SCRIPT, tmp_path)

    done = run_program(tmp_path / SCRIPT.name, server, transport, str(tmp_path), CHROMIUM=str(CHROMIUM))

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) == {
        "tabs": ["GenerateImage", "FollowEverything", "FollowGeneration", "Providers", "Account"],
        "mutation": True,
        "followed": ['"PROCESSING"', '"COMPLETED"'],
        "query": True,
        "sockets": 1 if transport == "ws" else 0,
        "streams": 0 if transport == "ws" else 1,
        "outside": [],
        "complaints": [],
        "violations": [],
        "address": f"{server.url}/graphiql/",
        "keyIsStored": False,
    }
