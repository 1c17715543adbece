"""`POST /uploads`: a file as the request body, or as the part `file` of a multipart form."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.errors import DoitongError
from web.error_response import error_response
from web.json_api import ApiServices
from web.uploads import IncomingUpload, upload_body


def upload_route(services: ApiServices) -> Route:
    """Return the route of uploads. An upload counts as a read."""

    async def receive(request: Request) -> Response:
        headers: dict[str, str] = {}
        incoming = IncomingUpload(request)
        try:
            principal = await services.authenticate(request.headers)
            services.count_read(principal, headers)
            upload = await incoming.receive(services.uploads, principal)
        except DoitongError as error:
            return error_response(error, headers=headers)
        sign_url = services.url_signer(str(request.base_url).rstrip("/"))
        return JSONResponse(upload_body(upload, sign_url), 201, headers)

    return Route("/uploads", receive, methods=["POST"])
