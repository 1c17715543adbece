"""Google's settings, and an HTTP client for each host, because each has its own credentials."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from providers.http import UpstreamClient
from providers.settings import BackendContext, BackendSetting, SettingForm, api_key, base_url

TITLE = "Google"
KEY, BASE_URL = "DOITONG_GOOGLE_API_KEY", "DOITONG_GOOGLE_BASE_URL"
SPEECH_BASE_URL, VERTEX_BASE_URL = "DOITONG_GOOGLE_TTS_BASE_URL", "DOITONG_GOOGLE_VERTEX_BASE_URL"
PROJECT, LOCATION = "DOITONG_GOOGLE_PROJECT", "DOITONG_GOOGLE_LOCATION"
ACCESS_TOKEN = "DOITONG_GOOGLE_ACCESS_TOKEN"  # noqa: S105 - the name of a setting
GEMINI_URL, SPEECH_URL = "https://generativelanguage.googleapis.com", "https://texttospeech.googleapis.com"
STORAGE_URL = "https://storage.googleapis.com"
GLOBAL_LOCATION = "global"
NAME = re.compile(r"[a-z][a-z0-9-]{0,62}|\d{1,20}")  # of a project or a location


@dataclass(frozen=True, slots=True)
class GoogleClients:
    """One client for each host, as each has its own credentials."""

    gemini: UpstreamClient
    speech: UpstreamClient
    vertex: UpstreamClient
    storage: UpstreamClient

    @property
    def all(self) -> Sequence[UpstreamClient]:
        return (self.gemini, self.speech, self.vertex, self.storage)


def create_clients(context: BackendContext) -> GoogleClients:
    """Return the clients for these settings."""
    settings = context.settings
    key, token = settings.get(KEY, ""), settings.get(ACCESS_TOKEN, "")
    gemini_url = settings.get(BASE_URL, GEMINI_URL)
    own_url = None if gemini_url.rstrip("/") == GEMINI_URL else gemini_url
    by_key = {"x-goog-api-key": key}
    by_token = {"Authorization": f"Bearer {token}"} if token else by_key

    def client(url: str, credentials: Mapping[str, str]) -> UpstreamClient:
        return UpstreamClient(TITLE, url, lambda: credentials, secrets=(key, token))

    return GoogleClients(
        gemini=client(gemini_url, by_key),
        speech=client(settings.get(SPEECH_BASE_URL) or own_url or SPEECH_URL, by_token),
        vertex=client(settings.get(VERTEX_BASE_URL) or own_url or _vertex_url(settings), by_token),
        storage=client(own_url or STORAGE_URL, by_token),
    )


def _vertex_url(settings: Mapping[str, str]) -> str:
    """Return the host of the project's location; the global one without a project."""
    location = settings.get(LOCATION, GLOBAL_LOCATION)
    if not settings.get(PROJECT) or location == GLOBAL_LOCATION or not NAME.fullmatch(location):
        return "https://aiplatform.googleapis.com"
    return f"https://{location}-aiplatform.googleapis.com"


def _other_base_url(name: str, default: str) -> BackendSetting:
    description = f"The base URL of {default}. Where {BASE_URL} is set and this is not, that one is used."
    return BackendSetting(name, description, form=SettingForm.URL)


SETTINGS: Sequence[BackendSetting] = (
    api_key("GOOGLE", "The API key of the Gemini API; also for Vertex AI and Cloud Text-to-Speech."),
    base_url("GOOGLE", GEMINI_URL),
    _other_base_url(SPEECH_BASE_URL, "Cloud Text-to-Speech, https://texttospeech.googleapis.com by default"),
    _other_base_url(VERTEX_BASE_URL, "Vertex AI, the host of the location by default"),
    BackendSetting(
        PROJECT, "The project on Vertex AI, which makes videos of Veo. Without it, its express mode is used."
    ),
    BackendSetting(LOCATION, "The location of the project on Vertex AI.", default="us-central1"),
    BackendSetting(
        ACCESS_TOKEN,
        "An OAuth access token that is sent to Vertex AI and Cloud Text-to-Speech instead of the API key.",
        is_secret=True,
    ),
)
