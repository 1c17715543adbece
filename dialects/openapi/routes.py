"""The paths of the OpenAPI documents, and of the pages to read them. They need no key."""

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from dialects.openapi.documents import DOCUMENTS, ApiDescription, document_of
from web.json_api import ApiServices, JsonResponse
from web.openapi_page import PAGE_HEADERS, openapi_page
from web.request import base_url_of, headers_of

LINKS = [(api.title, api.page_path) for api in DOCUMENTS]
PUBLISHED = {"kubeez": "/openapi.json"}
"""Documents that have the address of the original API as well."""


def openapi_routes(services: ApiServices) -> list[BaseRoute]:
    """Return the routes of the documents and of the pages."""
    return [route for api in DOCUMENTS for route in _routes(services, api)]


def _routes(services: ApiServices, api: ApiDescription) -> list[BaseRoute]:
    def described(request: Request) -> dict[str, Any]:
        url = services.public_url(base_url_of(request.scope, headers_of(request.scope)))
        return {**document_of(api), "servers": [{"url": url}]}

    async def document(request: Request) -> Response:
        return JsonResponse(described(request), headers={"Cache-Control": "no-cache"})

    async def page(request: Request) -> Response:
        html = openapi_page(described(request), document_path=api.document_path, links=LINKS)
        return HTMLResponse(html, headers=dict(PAGE_HEADERS))

    paths = [api.document_path, *([PUBLISHED[api.name]] if api.name in PUBLISHED else ())]
    return [*(Route(path, document) for path in paths), Route(api.page_path, page)]
