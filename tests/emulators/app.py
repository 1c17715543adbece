"""All upstream emulators in one application: each below `/<name>`, and what was bought at `GET /purchases`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from providers.backends import comfyui, elevenlabs, fal, google, heygen, http_task, openai_compatible, replicate, runway
from providers.settings import BackendDefinition
from tests.emulators import elevenlabs as elevenlabs_emulator
from tests.emulators import fal as fal_emulator
from tests.emulators import google as google_emulator
from tests.emulators import heygen as heygen_emulator
from tests.emulators import openai as openai_emulator
from tests.emulators import replicate as replicate_emulator
from tests.emulators import runway as runway_emulator
from tests.emulators.apixo import ApixoEmulator
from tests.emulators.ark import ArkEmulator
from tests.emulators.base import FILES, Emulator, Scenario
from tests.emulators.bfl import BflEmulator
from tests.emulators.comfyui import ComfyUIEmulator
from tests.emulators.dashscope import DashScopeEmulator
from tests.emulators.kie import KieEmulator, KieSunoEmulator
from tests.emulators.kling import KlingEmulator
from tests.emulators.luma import LumaAgentsEmulator, LumaEmulator
from tests.emulators.minimax import MiniMax2Emulator, MiniMaxEmulator
from tests.emulators.omnivideo import OmniVideoEmulator
from tests.emulators.tasks import KEY

PURCHASES = "/purchases"
BASE_URL_SUFFIX, KEY_SUFFIX = "_BASE_URL", "_API_KEY"
MAX_TEXT = 500  # characters of a text in a listed purchase, which may be a file in base64


@dataclass(frozen=True, slots=True)
class EmulatedUpstream:
    """A backend and the emulators of its upstream: more than one where it has several APIs."""

    definition: BackendDefinition
    emulators: Sequence[type[Emulator]]
    key: str | None
    """The API key that the emulators accept; None if they need none."""

    @property
    def name(self) -> str:
        return self.definition.name

    def settings_at(self, url: str) -> dict[str, str]:
        """Return the settings that point a server at emulators below this URL."""
        settings = self.definition.settings
        base_urls = {
            one.name: url + urlsplit(one.default or "").path.rstrip("/")
            for one in settings
            if one.name.endswith(BASE_URL_SUFFIX) and (one.default is not None or one.is_required)
        }
        keys = [one.name for one in settings if one.name.endswith(KEY_SUFFIX)]
        return {**({keys[0]: self.key} if self.key is not None else {}), **base_urls}


TASK_EMULATORS: Mapping[str, Sequence[type[Emulator]]] = {
    "apixo": (ApixoEmulator,),
    "ark": (ArkEmulator,),
    "bfl": (BflEmulator,),
    "dashscope": (DashScopeEmulator,),
    "kie": (KieEmulator, KieSunoEmulator),
    "kling": (KlingEmulator,),
    "luma": (LumaEmulator, LumaAgentsEmulator),
    "minimax": (MiniMaxEmulator, MiniMax2Emulator),
    "omnivideo": (OmniVideoEmulator,),
}
UPSTREAMS: Mapping[str, EmulatedUpstream] = {
    one.name: one
    for one in (
        EmulatedUpstream(comfyui.DEFINITION, (ComfyUIEmulator,), None),
        EmulatedUpstream(elevenlabs.DEFINITION, (elevenlabs_emulator.ElevenLabsEmulator,), elevenlabs_emulator.KEY),
        EmulatedUpstream(fal.DEFINITION, (fal_emulator.FalEmulator,), fal_emulator.KEY),
        EmulatedUpstream(google.DEFINITION, (google_emulator.GoogleEmulator,), google_emulator.KEY),
        EmulatedUpstream(heygen.DEFINITION, (heygen_emulator.HeyGenEmulator,), heygen_emulator.KEY),
        EmulatedUpstream(openai_compatible.DEFINITION, (openai_emulator.OpenAIEmulator,), openai_emulator.KEY),
        EmulatedUpstream(replicate.DEFINITION, (replicate_emulator.ReplicateEmulator,), replicate_emulator.KEY),
        EmulatedUpstream(runway.DEFINITION, (runway_emulator.RunwayEmulator,), runway_emulator.KEY),
        *(EmulatedUpstream(one, TASK_EMULATORS[one.name], KEY) for one in http_task.DEFINITIONS),
    )
}


@dataclass(frozen=True, slots=True)
class Purchase:
    """A job that was bought at an upstream, with the body of its request. `count` is 1 unless it was bought again."""

    upstream: str
    id: str
    count: int
    request: object


class EmulatedUpstreams:
    """An ASGI application with an emulator of each upstream. `url` is where it is served."""

    def __init__(self, url: str, emulators: Mapping[str, Sequence[Emulator]]) -> None:
        self.url, self.emulators = url, emulators
        self._applications: Mapping[str, ASGIApp] = {name: _application(some) for name, some in emulators.items()}
        self._own = Starlette(routes=[Route(PURCHASES, self._list_purchases, methods=["GET"])])

    @classmethod
    def create(
        cls,
        url: str,
        *,
        only: Iterable[str] = UPSTREAMS,
        scenario: Scenario = Scenario.HAPPY,
        scenarios: Mapping[str, Scenario] | None = None,
    ) -> Self:
        """Create the emulators of `only` these upstreams; `scenarios` of some of them replace `scenario`."""
        base, chosen = url.rstrip("/"), scenarios or {}
        emulators = {
            name: [kind(f"{base}/{name}", scenario=chosen.get(name, scenario)) for kind in UPSTREAMS[name].emulators]
            for name in only
        }
        return cls(base, emulators)

    def settings(self) -> dict[str, str]:
        """Return the environment variables that point a server at the emulators."""
        return {
            setting: value
            for name in self.emulators
            for setting, value in UPSTREAMS[name].settings_at(f"{self.url}/{name}").items()
        }

    def purchases(self) -> list[Purchase]:
        """Return all jobs that were bought."""
        return list(self._purchases())

    def _purchases(self) -> Iterator[Purchase]:
        for name, emulators in self.emulators.items():
            for emulator in emulators:
                for id, count in emulator.purchases.items():
                    job = emulator.jobs.get(id)
                    yield Purchase(name, id, count, None if job is None else _truncated(job.body))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request below `/<name>` as a proxy does that removes this prefix from the path."""
        prefix, _, rest = scope["path"].removeprefix("/").partition("/")
        application = self._applications.get(prefix)
        if application is None:
            await self._own(scope, receive, send)
            return
        raw = scope.get("raw_path", b"").removeprefix(f"/{prefix}".encode())
        await application({**scope, "path": f"/{rest}", "raw_path": raw}, receive, send)

    async def _list_purchases(self, _: Request) -> Response:
        bought = self.purchases()
        body = {"total": sum(purchase.count for purchase in bought), "purchases": bought}
        return Response(orjson.dumps(body, default=str), media_type="application/json")


def _application(emulators: Sequence[Emulator]) -> ASGIApp:
    """Return one application for all APIs of an upstream; the output files are the same for each."""
    files = [route for route in emulators[0].asgi().routes if getattr(route, "path", "").startswith(FILES)]
    apis = [route for emulator in emulators for route in emulator.api_routes()]
    return Starlette(routes=[*files, *apis])


def _truncated(value: object) -> object:
    match value:
        case str():
            return value if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]}…"
        case dict():
            return {str(name): _truncated(item) for name, item in value.items()}
        case list():
            return [_truncated(item) for item in value]
    return value
