"""The routes of all dialects."""

from starlette.routing import BaseRoute

from dialects.apixo.routes import apixo_routes
from dialects.doitong.routes import doitong_routes
from dialects.kubeez.routes import kubeez_routes
from dialects.omnivideo.routes import omnivideo_routes
from dialects.openai.routes import openai_routes
from dialects.openapi.routes import openapi_routes
from web.json_api import ApiServices


def dialect_routes(services: ApiServices) -> list[BaseRoute]:
    """Return the routes of every dialect. No two take the same path."""
    return [
        *doitong_routes(services),
        *apixo_routes(services),
        *kubeez_routes(services),
        *omnivideo_routes(services),
        *openai_routes(services),
        *openapi_routes(services),
    ]
