"""The OpenAPI document of all dialects that describe their paths, and a page to read it."""

from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from dialects.openapi.doitong import doitong_operations
from web.json_api import ApiServer, JsonResponse
from web.openapi import Operation, openapi_document
from web.openapi_page import PAGE_HEADERS, openapi_page
from web.request import base_url_of, headers_of

DOCUMENT, PAGE = "/v1/openapi.json", "/v1/docs"
TITLE, VERSION = "Doitong REST API", "1.0.0"
DESCRIPTION = (
    "Generates images, video, speech, avatars and music. Every request needs a key. A request is accepted with 202 and "
    "runs on; its generation is polled, or reported to a webhook. Errors have the shape of GraphQL's, with their HTTP "
    "status; `code` and `retryable` are for programs, `message` is for people."
)


def openapi_routes(server: ApiServer) -> list[BaseRoute]:
    """Return the routes of the document and of the page. They need no key."""

    async def document(request: Request) -> Response:
        return JsonResponse(_document(server, request), headers={"Cache-Control": "no-cache"})

    async def page(request: Request) -> Response:
        return HTMLResponse(openapi_page(_document(server, request), "openapi.json"), headers=dict(PAGE_HEADERS))

    return [Route(DOCUMENT, document), Route(PAGE, page)]


def operations() -> list[Operation]:
    """Return the operations of every dialect that describes them. No two have the same id."""
    return [*doitong_operations()]


def _document(server: ApiServer, request: Request) -> dict[str, Any]:
    url = server.public_url(base_url_of(request.scope, headers_of(request.scope)))
    return {**_template(), "servers": [{"url": url}]}


@cache
def _template() -> dict[str, Any]:
    return openapi_document(operations(), title=TITLE, version=VERSION, description=DESCRIPTION)
