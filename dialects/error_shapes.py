"""The shapes of errors by path, for requests that no endpoint answers."""

from collections.abc import Sequence

from dialects.apixo.responses import error_body as apixo
from dialects.doitong.requests import CREATIONS
from dialects.doitong.responses import error_body as doitong
from dialects.kubeez.mcp.endpoint import PATH as MCP
from dialects.kubeez.mcp.endpoint import error_body as mcp
from dialects.kubeez.models import all_models_error_body as models
from dialects.kubeez.responses import error_body as kubeez
from dialects.omnivideo.responses import http_error_body as omnivideo
from dialects.openai.errors import error_body as openai
from web.json_api import ErrorBody

# The longer of two paths comes first. OpenAI's are those of its SDKs that tools try, also where the server has none.
SHAPES: Sequence[tuple[ErrorBody, Sequence[str]]] = (
    (mcp, (MCP,)),
    (omnivideo, ("/api/v1/tasks",)),
    (apixo, ("/api/v1",)),
    (kubeez, ("/v1/generate", "/v1/upload", "/v1/balance")),
    (models, ("/v1/models",)),
    (openai, ("/v1/images", "/v1/audio", "/v1/videos", "/v1/chat", "/v1/completions", "/v1/responses")),
    (openai, ("/v1/embeddings", "/v1/files", "/v1/moderations", "/v1/realtime", "/v1/uploads", "/v1/batches")),
    (doitong, ("/v1/generations", *(creation.path for creation in CREATIONS))),
)


def error_shape(path: str) -> ErrorBody | None:
    """Return the shape of errors at a path; None where it is that of GraphQL."""
    for shape, parents in SHAPES:
        if any(path == parent or path.startswith(f"{parent}/") for parent in parents):
            return shape
    return None
