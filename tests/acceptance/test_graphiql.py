"""GraphiQL in a headless Chromium: queries, mutations and subscriptions, without requests to other hosts."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.client_programs import CHROMIUM, make_workspace, run_program
from tests.support.server_process import ROOT, ServerProcess

SCRIPTS = Path(__file__).parent / "browser"
PAGE = ROOT / "frontend" / "dist" / "index.html"

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium; name one in CHROMIUM"),
    pytest.mark.skipif(not PAGE.is_file(), reason="the page is not built: that needs Node"),
]


def observations(script: str, server: ServerProcess, directory: Path, *arguments: str) -> object:
    """Run a script in the browser and return what it printed."""
    make_workspace(directory)
    shutil.copytree(SCRIPTS, directory, dirs_exist_ok=True)
    done = run_program(directory / script, server, *arguments, CHROMIUM=str(CHROMIUM))
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("transport", ["ws", "sse"])
def test_the_example_operations_run_in_the_browser(transport: str, server: ServerProcess, tmp_path: Path) -> None:
    assert observations("graphiql.mjs", server, tmp_path, transport, str(tmp_path)) == {
        "tabs": ["GenerateImage", "FollowEverything", "FollowGeneration", "Providers", "Account"],
        "firstPicture": 1024,
        "followed": ['"PROCESSING"', '"COMPLETED"'],
        "query": True,
        "sockets": 1 if transport == "ws" else 0,
        "streams": 0 if transport == "ws" else 1,
        "foreignRequests": [],
        "errors": [],
        "violations": [],
        "address": f"{server.url}/graphiql/",
        "placesOfKey": ["sessionStorage"],
    }


def test_the_link_with_the_key_works_again_after_a_reload_and_in_the_open_page(
    server: ServerProcess, tmp_path: Path
) -> None:
    signed_in = {"variables": True, "signedIn": True, "placesOfKey": ["sessionStorage"]}

    assert observations("graphiql_key.mjs", server, tmp_path) == {
        "second": signed_in,
        "reloaded": signed_in,
        "withoutKey": False,
        "pasted": signed_in,
    }
