"""The routes of all dialects."""

from starlette.routing import BaseRoute

from dialects.doitong.routes import doitong_routes
from dialects.kubeez.routes import kubeez_routes
from dialects.omnivideo.routes import omnivideo_routes
from dialects.openai.routes import openai_routes
from dialects.openapi.routes import openapi_routes
from web.json_api import ApiServer


def dialect_routes(server: ApiServer) -> list[BaseRoute]:
    """Return the routes of every dialect. No two take the same path."""
    return [
        *doitong_routes(server),
        *kubeez_routes(server),
        *omnivideo_routes(server),
        *openai_routes(server),
        *openapi_routes(server),
    ]
