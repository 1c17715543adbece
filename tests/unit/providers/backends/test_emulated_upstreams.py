"""The application of all emulators."""

from collections.abc import AsyncIterator

import httpx
import pytest

from providers.definitions import DEFINITIONS, create_backends
from providers.settings import BackendDefinition
from tests.emulators import fal, google
from tests.emulators.__main__ import main
from tests.emulators.app import UPSTREAMS, EmulatedUpstreams
from tests.emulators.base import Scenario
from tests.support.asgi_server import free_socket, running_server
from tests.support.manual_clock import ManualClock

pytestmark = pytest.mark.anyio
FAL_KEY = {"Authorization": f"Key {fal.KEY}"}
GOOGLE_KEY = {"x-goog-api-key": google.KEY}


@pytest.fixture
async def upstreams() -> AsyncIterator[EmulatedUpstreams]:
    bound, url = free_socket()
    application = EmulatedUpstreams.create(url, scenarios={"kling": Scenario.SLOW})
    async with running_server(application, bound):
        yield application


def test_every_backend_has_an_emulator() -> None:
    assert UPSTREAMS.keys() == {definition.name for definition in DEFINITIONS}


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda one: one.name)
async def test_the_settings_configure_the_backend(definition: BackendDefinition, upstreams: EmulatedUpstreams) -> None:
    settings = upstreams.settings()
    backend = create_backends(settings, clock=ManualClock())[definition.name]

    # The workflows of ComfyUI are files of the operator.
    assert backend.unavailable_because() in (None, "DOITONG_COMFYUI_WORKFLOWS is not set")
    assert settings.keys() >= {
        one.name for one in definition.settings if one.name.endswith("_BASE_URL") and one.default is not None
    }
    await backend.aclose()


async def test_purchases_are_listed_with_their_requests(upstreams: EmulatedUpstreams) -> None:
    async with httpx.AsyncClient(base_url=upstreams.url, trust_env=False) as http:
        body = {"prompt": "A red kite", "image": "x" * 10_000}
        await http.post("/fal/fal-ai/flux/dev", json=body, headers=FAL_KEY)
        listed = (await http.get("/purchases")).json()

        assert listed["total"] == 1
        [purchase] = listed["purchases"]
        assert (purchase["upstream"], purchase["count"], purchase["request"]["prompt"]) == ("fal", 1, "A red kite")
        assert len(purchase["request"]["image"]) < 1_000
        assert (await http.get("/nobody")).status_code == 404


async def test_a_redirect_of_an_emulator_stays_below_its_prefix(upstreams: EmulatedUpstreams) -> None:
    async with httpx.AsyncClient(follow_redirects=True, trust_env=False) as http:
        address = f"{upstreams.url}/google/v1beta/files/video-1.mp4:download?alt=media"
        file = await http.get(address, headers=GOOGLE_KEY)

    assert (file.status_code, file.headers["content-type"]) == (200, "video/mp4")


def test_an_upstream_can_have_its_own_scenario() -> None:
    upstreams = EmulatedUpstreams.create(
        "http://127.0.0.1:1", scenario=Scenario.SLOW, scenarios={"kie": Scenario.HAPPY}
    )

    scenarios = {name: {one.scenario for one in some} for name, some in upstreams.emulators.items()}
    assert scenarios.pop("kie") == {Scenario.HAPPY}
    assert set().union(*scenarios.values()) == {Scenario.SLOW}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--only", "fol"], "'fol' is not emulated"), (["--scenario", "fal=slew"], "'slew' is not a scenario")],
)
def test_the_command_refuses_unknown_names(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert message in capsys.readouterr().err
