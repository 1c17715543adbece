"""Counts HTTP requests by API, method and class of the status."""

from starlette._utils import get_route_path
from starlette.types import Scope

from dialects.doitong.requests import CREATIONS
from generations.execution.backend_job import CALLBACKS
from kit.instruments import OTHER
from kit.metrics import HTTP_REQUEST_SECONDS, HTTP_REQUESTS
from web.request_observer import SentResponse

# The longer of two paths comes first.
APIS = (
    ("graphql", ("/graphql",)),
    ("mcp", ("/mcp",)),
    ("media", ("/media", "/uploads")),
    ("callbacks", (CALLBACKS,)),
    ("omnivideo", ("/api/v1/tasks",)),
    ("apixo", ("/api/v1",)),
    ("kubeez", ("/v1/generate", "/v1/upload", "/v1/balance", "/v1/models")),
    ("openai", ("/v1/images", "/v1/audio", "/v1/videos")),
    ("doitong", ("/v1/generations", *(creation.path for creation in CREATIONS))),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def api_of(scope: Scope) -> str:
    """Return the API that a path belongs to; `other` for pages, health and unknown paths."""
    path = get_route_path(scope)
    for api, parents in APIS:
        for parent in parents:
            if path.startswith(parent) and path[len(parent) : len(parent) + 1] in ("", "/"):
                return api
    return OTHER


def labels_of(scope: Scope, status: int) -> tuple[str, str, str]:
    """Return the labels of a request in `HTTP_REQUESTS`."""
    method = scope["method"]
    return api_of(scope), method if method in METHODS else OTHER, f"{status // 100}xx"


def count_response(scope: Scope, sent: SentResponse) -> None:
    """Count a request at its end."""
    labels = labels_of(scope, sent.status)
    HTTP_REQUESTS.add(*labels)
    HTTP_REQUEST_SECONDS.observe_since(sent.started, labels[0])
