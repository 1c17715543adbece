"""`doitong doctor` on the catalogue and on upstreams, against emulators on a real socket."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cli.admin import doctor
from cli.admin.upstream_checks import Finding, Mark, check_upstreams
from kit.clock import SystemClock
from server.given_settings import BadSetting
from server.settings import load_settings
from tests.emulators.base import Scenario
from tests.emulators.luma import LumaEmulator
from tests.emulators.replicate import KEY as REPLICATE_KEY
from tests.emulators.replicate import ReplicateEmulator
from tests.emulators.serving import EmulatorServer, emulator_server
from tests.emulators.tasks import KEY as LUMA_KEY

pytestmark = pytest.mark.anyio

SECRET = "a-credential-of-the-operator"
LIMIT = timedelta(seconds=0.2)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[EmulatorServer]:
    async with emulator_server() as running:
        yield running


async def findings(
    directory: Path, given: Mapping[str, str], *, online: bool = False, time_limit: timedelta = timedelta(seconds=10)
) -> list[Finding]:
    settings = load_settings(given, data_directory=directory / "data")
    return await asyncio.to_thread(check_upstreams, settings, online=online, timeout=time_limit)


async def finding(server_url: str, directory: Path, *, time_limit: timedelta = timedelta(seconds=10)) -> Finding:
    """Return the result of the online check of Replicate at this URL."""
    given = {"DOITONG_REPLICATE_API_KEY": SECRET, "DOITONG_REPLICATE_BASE_URL": server_url}
    found = await findings(directory, given, online=True, time_limit=time_limit)
    return next(one for one in found if one.subject == "upstream replicate")


async def test_without_a_setting_live_keys_use_the_local_providers(tmp_path: Path) -> None:
    catalogue, upstreams = await findings(tmp_path, {})

    assert (catalogue.mark, catalogue.subject) == (Mark.OK, "catalogue")
    assert upstreams == Finding(Mark.OK, "upstreams", "none is configured; live keys use the local providers")


async def test_each_upstream_with_a_setting_is_complete_or_lacks_a_named_one(tmp_path: Path) -> None:
    given = {
        "DOITONG_BASE_URL": "https://ai.example.com",
        "DOITONG_FAL_API_KEY": SECRET,
        "DOITONG_KLING_ACCESS_KEY": SECRET,
        "DOITONG_COMFYUI_BASE_URL": "http://127.0.0.1:8188",
        "DOITONG_COMFYUI_WORKFLOWS": str(tmp_path),
        "DOITONG_OPENAI_BASE_URL": "http://127.0.0.1:8080/v1",
        "DOITONG_BFL_BASE_URL": "https://api.us.bfl.ai",
    }

    _, *found = await findings(tmp_path, given)

    assert found == [
        Finding(Mark.OK, "upstream comfyui"),
        Finding(Mark.OK, "upstream fal"),
        Finding(Mark.OK, "upstream openai"),
        Finding(Mark.MISSING, "upstream bfl", "DOITONG_BFL_API_KEY is not set"),
        Finding(Mark.MISSING, "upstream kling", "DOITONG_KLING_SECRET_KEY is not set"),
        Finding(
            Mark.WARNING,
            "upstream comfyui",
            "no provider of the catalogue uses it; add a route, docs/catalogue.md",
        ),
    ]


async def test_without_a_base_url_upstreams_that_would_call_back_are_named(tmp_path: Path) -> None:
    given = {"DOITONG_FAL_API_KEY": SECRET, "DOITONG_KLING_API_KEY": SECRET, "DOITONG_RUNWAY_API_KEY": SECRET}

    found = await findings(tmp_path, given)
    with_url = await findings(tmp_path, {**given, "DOITONG_BASE_URL": "https://ai.example.com"})

    [warning] = [one for one in found if one.subject == "DOITONG_BASE_URL"]
    assert warning.mark is Mark.WARNING
    assert "so fal cannot call back: a job whose submission got no response cannot be recovered" in str(warning.detail)
    assert not [one for one in with_url if one.subject == "DOITONG_BASE_URL"]


async def test_a_default_that_the_operator_has_to_set_is_named(tmp_path: Path) -> None:
    given = {"DOITONG_HEYGEN_API_KEY": SECRET}

    found = {one.subject: one for one in await findings(tmp_path, given)}
    with_default = {
        one.subject for one in await findings(tmp_path, {**given, "DOITONG_HEYGEN_AVATAR_ID": "Abigail_sitting"})
    }

    warning = found["DOITONG_HEYGEN_AVATAR_ID"]
    assert warning.mark is Mark.WARNING
    assert "heygen" in (warning.detail or "")
    assert "`avatarId`" in (warning.detail or "")
    assert "DOITONG_HEYGEN_AVATAR_ID" not in with_default


async def test_a_mistake_in_the_catalogue_is_named_with_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "kling.toml"
    file.write_text('id = "kling"\nquality = 7\n', encoding="utf-8")

    found, *_ = await findings(tmp_path, {"DOITONG_CATALOGUE": str(file)})

    assert (found.mark, found.subject) == (Mark.FAILED, "catalogue")
    assert str(found.detail).startswith(f"DOITONG_CATALOGUE: {file}:2: quality")


async def test_models_of_usable_upstreams_that_retire_soon_are_listed(tmp_path: Path) -> None:
    retires = SystemClock().now().date() + timedelta(days=10)
    (tmp_path / "wan.toml").write_text(
        'id = "wan"\n[[routes]]\nbackend = "fal"\nmodel = "fal-ai/wan"\nfields = { text = "prompt" }\n'
        f'retires_on = {retires}\nreplaced_by = "fal-ai/wan-3"\n',
        encoding="utf-8",
    )
    catalogue = {"DOITONG_CATALOGUE": str(tmp_path / "wan.toml"), "DOITONG_BASE_URL": "https://ai.example.com"}

    usable = await findings(tmp_path, {**catalogue, "DOITONG_FAL_API_KEY": SECRET})
    other = await findings(tmp_path, {**catalogue, "DOITONG_KLING_API_KEY": SECRET})

    sentence = f"wan: the model fal-ai/wan of fal will be retired on {retires}; it is replaced by fal-ai/wan-3."
    assert Finding(Mark.WARNING, "catalogue", sentence) in usable
    assert not [one for one in other if "fal-ai/wan" in str(one.detail)]


async def test_credentials_are_checked_online_where_a_free_call_exists(tmp_path: Path, server: EmulatorServer) -> None:
    luma, replicate = LumaEmulator(server.url), ReplicateEmulator(server.url)
    server.application = Starlette(routes=[*luma.api_routes(), *replicate.api_routes()])
    given = {
        "DOITONG_BASE_URL": "https://ai.example.com",
        "DOITONG_FAL_API_KEY": SECRET,
        "DOITONG_LUMA_API_KEY": LUMA_KEY,
        "DOITONG_LUMA_BASE_URL": f"{server.url}/dream-machine/v1",
        "DOITONG_REPLICATE_API_KEY": REPLICATE_KEY,
        "DOITONG_REPLICATE_BASE_URL": server.url,
        "DOITONG_RUNWAY_BASE_URL": server.url,
    }

    _, *found = await findings(tmp_path, given, online=True)

    assert found == [
        Finding(Mark.OK, "upstream fal", "no free call to check the credentials"),
        Finding(Mark.OK, "upstream replicate", "credentials accepted"),
        Finding(Mark.MISSING, "upstream runway", "DOITONG_RUNWAY_API_KEY is not set"),
        Finding(Mark.OK, "upstream luma", "credentials accepted"),
    ]
    assert [request.method for request in (*luma.requests, *replicate.requests)] == ["GET", "GET"]


async def test_rejected_credentials_fail_the_check(tmp_path: Path, server: EmulatorServer) -> None:
    server.application = ReplicateEmulator(server.url, scenario=Scenario.UNAUTHORIZED).asgi()

    found = await finding(server.url, tmp_path)

    detail = "Replicate cannot be used now: it rejected the operator's credentials."
    assert found == Finding(Mark.FAILED, "upstream replicate", detail)


async def test_an_unreachable_upstream_fails_the_check(tmp_path: Path) -> None:
    found = await finding("http://127.0.0.1:1", tmp_path)

    assert found == Finding(Mark.FAILED, "upstream replicate", "Replicate could not be reached.")


async def test_an_upstream_that_does_not_respond_is_given_up(tmp_path: Path, server: EmulatorServer) -> None:
    release = asyncio.Event()

    async def hang(_: Request) -> Response:
        await release.wait()
        return Response()

    server.application = Starlette(routes=[Route("/v1/account", hang)])

    found = await finding(server.url, tmp_path, time_limit=LIMIT)
    release.set()

    assert found == Finding(Mark.FAILED, "upstream replicate", "no response within 0.2 seconds")


@pytest.mark.parametrize("status", [400, 401, 500])
async def test_a_credential_that_an_upstream_repeats_is_not_shown(
    status: int, tmp_path: Path, server: EmulatorServer
) -> None:
    words = f"The key {SECRET} is wrong"

    async def repeat(_: Request) -> Response:
        body = {"code": status, "message": words, "msg": words, "detail": words}
        return JSONResponse({**body, "error": {"code": status, "message": words, "status": words}}, status)

    server.application = Starlette(routes=[Route("/{path:path}", repeat)])
    prefixes = ("APIXO", "ELEVENLABS", "GOOGLE", "KIE", "LUMA", "OPENAI", "REPLICATE", "RUNWAY")
    given = {f"DOITONG_{one}_API_KEY": SECRET for one in prefixes}
    given |= {f"DOITONG_{one}_BASE_URL": server.url for one in prefixes}

    found = await findings(tmp_path, given, online=True)

    assert len([one for one in found if one.mark is Mark.FAILED]) == len(prefixes)
    assert SECRET not in str(found)


async def test_the_command_prints_the_checks_as_they_are(
    tmp_path: Path, server: EmulatorServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server.application = ReplicateEmulator(server.url, scenario=Scenario.UNAUTHORIZED).asgi()
    file = tmp_path / "kling.toml"
    file.write_text('id = "kling"\n[[routes]]\nbackend = "fal"\nmodle = "x"\n', encoding="utf-8")
    monkeypatch.setenv("DOITONG_CATALOGUE", str(file))
    monkeypatch.setenv("DOITONG_REPLICATE_API_KEY", SECRET)
    monkeypatch.setenv("DOITONG_REPLICATE_BASE_URL", server.url)

    status = await asyncio.to_thread(doctor.run, data_dir=tmp_path / "data", online=True)
    printed = capsys.readouterr().out

    assert status == 1
    assert f"failed  catalogue: DOITONG_CATALOGUE: {file}:4: [[routes]] 1" in printed
    assert "failed  upstream replicate: Replicate cannot be used now: it rejected" in printed
    assert "warning DOITONG_BASE_URL: it is not set, so replicate cannot call back" in printed
    assert SECRET not in printed


async def test_a_base_url_with_a_password_is_refused_without_it(tmp_path: Path) -> None:
    given = {"DOITONG_REPLICATE_BASE_URL": f"http://user:{SECRET}@127.0.0.1"}

    with pytest.raises(BadSetting, match=r"DOITONG_REPLICATE_BASE_URL is 'http://\[redacted\]@127.0.0.1'") as refused:
        load_settings(given, data_directory=tmp_path)

    assert SECRET not in str(refused.value)
