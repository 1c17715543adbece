"""GraphiQL at `/graphiql/`: static files under a strict content security policy."""

import os
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from server.error_handlers import method_not_allowed, not_found

# Monaco sets inline styles; everything else is loaded from this origin.
POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "media-src 'self'; font-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
PAGE_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
)
ONE_YEAR = 365 * 24 * 3600  # seconds
IMMUTABLE = f"public, max-age={ONE_YEAR}, immutable"
NO_CACHE = "no-cache"

UNBUILT_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>GraphiQL is not built</title>
<h1>GraphiQL is not built</h1>
<p>The server runs, and GraphQL answers at <code>/graphql</code>. GraphiQL is built with Node 20 or newer.
Install Node, then run</p>
<pre>make setup</pre>
<p>and load this page again; the server need not be restarted.</p>
</html>
"""


def graphiql_routes(
    dist: Path, *, path: str = "/graphiql", endpoint: str = "/graphql", transport: str = "ws"
) -> list[BaseRoute]:
    """Return the routes. Files are looked up in `dist` on every request, so the page may be built later."""

    async def config(request: Request) -> Response:
        settings = {"endpoint": request.scope.get("app_root_path", "") + endpoint, "transport": transport}
        return JSONResponse(settings, headers={"Cache-Control": NO_CACHE, **PAGE_HEADERS})

    async def with_slash(request: Request) -> Response:
        # The router's own redirect is absolute, with the scheme and host of the request that the proxy made.
        return RedirectResponse(request.scope.get("root_path", "") + path + "/")

    files = GraphiQLFiles(dist)
    page = Starlette(
        routes=[Route("/config.json", config), Mount("/", files)], exception_handlers={405: method_not_allowed}
    )
    return [Route(path, with_slash), Mount(path, page, name="graphiql")]


class GraphiQLFiles(StaticFiles):
    """The built page. Assets have their hash in the name and are cached for ever; the page itself is not cached."""

    def __init__(self, dist: Path) -> None:
        super().__init__(directory=dist, html=True, check_dir=False)
        self._page = dist / "index.html"

    async def check_config(self) -> None:
        """Skip the check: a missing directory gets the page that explains how to build it."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path == "." and scope["method"] in ("GET", "HEAD") and not self._page.is_file():
            return HTMLResponse(UNBUILT_PAGE, headers={"Cache-Control": NO_CACHE, **PAGE_HEADERS})
        try:
            response = await super().get_response(path, scope)
        except HTTPException as refusal:
            respond = method_not_allowed if refusal.status_code == HTTPStatus.METHOD_NOT_ALLOWED else not_found
            response = await respond(Request(scope), refusal)
            response.headers.update(PAGE_HEADERS)
            return response
        response.headers.update(PAGE_HEADERS)
        is_asset = path.startswith(f"assets{os.sep}") and response.status_code < 400
        response.headers["Cache-Control"] = IMMUTABLE if is_asset else NO_CACHE
        return response
