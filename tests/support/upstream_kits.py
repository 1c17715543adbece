"""Every backend with the emulator of its upstream, and requests that its routes serve."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from generations.requests.generation_request import GenerationRequest
from providers.backend import GenerationType
from providers.backends import elevenlabs, fal, google, heygen, http_task, openai_compatible, replicate, runway
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
from tests.emulators.base import Emulator, Scenario
from tests.emulators.bfl import BflEmulator
from tests.emulators.dashscope import DashScopeEmulator
from tests.emulators.google import GoogleEmulator
from tests.emulators.kie import KieSunoEmulator
from tests.emulators.kling import KlingEmulator
from tests.emulators.luma import LumaAgentsEmulator, LumaEmulator
from tests.emulators.minimax import MiniMax2Emulator, MiniMaxEmulator
from tests.emulators.omnivideo import OmniVideoEmulator
from tests.emulators.tasks import KEY

OUTPUTS = frozenset(
    {
        Scenario.OUTPUT_EXPIRED,
        Scenario.OUTPUT_UNAVAILABLE_ONCE,
        Scenario.OUTPUT_TRUNCATED,
        Scenario.OUTPUT_WRONG_TYPE,
    }
)
SYNCHRONOUS = OUTPUTS | {
    Scenario.SLOW,
    Scenario.MODERATED_LATER,
    Scenario.FAILED_LATER,
    Scenario.POLL_ERROR_ONCE,
    Scenario.FOREIGN_STATUS_URL,
    Scenario.INVALID_INPUT,
}
"""What cannot happen where the response is the result."""


@dataclass(frozen=True)
class UpstreamKit:
    """A backend, its emulator, and a request. `absent` are the scenarios that the upstream does not have."""

    definition: BackendDefinition
    emulator: Callable[..., Emulator]
    settings: Mapping[str, str]
    """Settings other than the base URL."""
    request: GenerationRequest
    absent: frozenset[Scenario] = frozenset()
    finds_jobs: bool = False
    """Whether a job is found after a lost response."""
    catalogue: str = ""
    """The operator's catalogue, a file that `files` writes."""
    files: Callable[[Path], Mapping[str, str]] = field(default=lambda _: {})
    """Returns settings that need files, which it writes to a directory."""

    def __str__(self) -> str:
        model = (self.request.options or {}).get("model")
        return f"{self.name} {self.request.provider}{f' {model}' if model else ''}"

    @property
    def name(self) -> str:
        return self.definition.name

    def settings_at(self, url: str, directory: Path) -> dict[str, str]:
        """Return all settings for an emulator at this URL."""
        defaults = {one.name: one.default for one in self.definition.settings if one.default is not None}
        base_urls = {
            one.name: url + urlsplit(one.default or "").path
            for one in self.definition.settings
            if one.name.endswith("_BASE_URL")
        }
        return {**defaults, **base_urls, **self.settings, **self.files(directory)}


def image(provider: str, **options: object) -> GenerationRequest:
    return GenerationRequest(GenerationType.IMAGE, {"text": "a red kite"}, provider=provider, options=dict(options))  # type: ignore[arg-type]


def video(provider: str, **options: object) -> GenerationRequest:
    return GenerationRequest(GenerationType.VIDEO, {"text": "a red kite"}, provider=provider, options=dict(options))  # type: ignore[arg-type]


def music(provider: str) -> GenerationRequest:
    return GenerationRequest(GenerationType.MUSIC, {"text": "a red kite"}, provider=provider)


def speech(provider: str) -> GenerationRequest:
    return GenerationRequest(GenerationType.AUDIO, {"text": "a red kite"}, provider=provider)


def avatar(provider: str) -> GenerationRequest:
    return GenerationRequest(GenerationType.AVATAR, {"text": "a red kite"}, provider=provider)


RARE = frozenset({Scenario.FOREIGN_STATUS_URL, Scenario.BUSY_ONCE})
DEFINITIONS = {definition.name: definition for definition in http_task.DEFINITIONS}
TASKS: tuple[tuple[str, Callable[..., Emulator], GenerationRequest, frozenset[Scenario]], ...] = (
    ("kling", KlingEmulator, video("kling"), frozenset()),
    ("bfl", BflEmulator, image("flux-dev"), frozenset()),
    ("luma", LumaEmulator, video("luma"), frozenset()),
    ("minimax", MiniMaxEmulator, video("minimax"), frozenset()),
    ("ark", ArkEmulator, video("seedance"), frozenset()),
    ("dashscope", DashScopeEmulator, image("qwen-image"), SYNCHRONOUS - OUTPUTS),
    ("kie", KieSunoEmulator, music("suno"), frozenset()),
    ("luma", LumaAgentsEmulator, video("luma", model="ray-3.2"), frozenset()),
    ("minimax", MiniMax2Emulator, video("minimax", model="h3"), frozenset()),
    ("ark", ArkEmulator, image("seedream-4-5"), SYNCHRONOUS - OUTPUTS),
    ("apixo", ApixoEmulator, image("seedream-4-5"), frozenset()),
    ("omnivideo", OmniVideoEmulator, video("seedance-2"), frozenset()),
    ("omnivideo", OmniVideoEmulator, image("gpt-image-2"), frozenset()),
    ("omnivideo", OmniVideoEmulator, image("nano-banana-2"), frozenset()),
)

KITS = (
    UpstreamKit(
        fal.DEFINITION,
        fal_emulator.FalEmulator,
        {"DOITONG_FAL_API_KEY": fal_emulator.KEY},
        image("flux-dev"),
        absent=frozenset({Scenario.BILLING_AS_429, Scenario.INVALID_INPUT}),
    ),
    UpstreamKit(
        replicate.DEFINITION,
        replicate_emulator.ReplicateEmulator,
        {"DOITONG_REPLICATE_API_KEY": replicate_emulator.KEY},
        image("flux-dev"),
        absent=frozenset({Scenario.MODERATED_AT_SUBMISSION, Scenario.INVALID_INPUT, Scenario.BILLING_AS_429})
        | {Scenario.FOREIGN_STATUS_URL},
    ),
    UpstreamKit(
        openai_compatible.DEFINITION,
        openai_emulator.OpenAIEmulator,
        {"DOITONG_OPENAI_API_KEY": openai_emulator.KEY},
        image("gpt-image-2"),
        absent=SYNCHRONOUS,
    ),
    UpstreamKit(
        elevenlabs.DEFINITION,
        elevenlabs_emulator.ElevenLabsEmulator,
        {"DOITONG_ELEVENLABS_API_KEY": elevenlabs_emulator.KEY},
        speech("elevenlabs"),
        absent=SYNCHRONOUS | {Scenario.BILLING_AS_429},
    ),
    *(
        UpstreamKit(
            google.DEFINITION,
            GoogleEmulator,
            {"DOITONG_GOOGLE_API_KEY": google_emulator.KEY},
            request,
            absent=absent | {Scenario.INVALID_INPUT, Scenario.FOREIGN_STATUS_URL},
        )
        for request, absent in (
            (image("imagen"), SYNCHRONOUS),
            (speech("google-tts"), SYNCHRONOUS | {Scenario.MODERATED_AT_SUBMISSION}),
            (video("veo3"), OUTPUTS),
        )
    ),
    UpstreamKit(
        heygen.DEFINITION,
        heygen_emulator.HeyGenEmulator,
        {"DOITONG_HEYGEN_API_KEY": heygen_emulator.KEY, "DOITONG_HEYGEN_AVATAR_ID": heygen_emulator.AVATAR},
        avatar("heygen"),
        absent=frozenset({Scenario.BILLING_AS_429, Scenario.FOREIGN_STATUS_URL}),
        finds_jobs=True,
    ),
    UpstreamKit(
        runway.DEFINITION,
        runway_emulator.RunwayEmulator,
        {"DOITONG_RUNWAY_API_KEY": runway_emulator.KEY},
        video("runway"),
        absent=frozenset(
            {
                Scenario.MODERATED_AT_SUBMISSION,
                Scenario.INVALID_INPUT,
                Scenario.BILLING_AS_429,
                Scenario.FOREIGN_STATUS_URL,
            }
        ),
    ),
    *(
        UpstreamKit(
            DEFINITIONS[name],
            emulator,
            {f"DOITONG_{name.upper()}_API_KEY": KEY},
            request,
            absent=RARE | absent,
            finds_jobs=name == "kling",
        )
        for name, emulator, request, absent in TASKS
    ),
)
