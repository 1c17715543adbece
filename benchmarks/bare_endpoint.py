"""A Starlette endpoint that sends the bytes of a file as JSON: `python -m benchmarks.bare_endpoint FILE`."""

import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


class _AnnouncingServer(uvicorn.Server):
    """Prints its port."""

    async def main_loop(self) -> None:
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)
        await super().main_loop()


def main() -> None:
    content = Path(sys.argv[1]).read_bytes()

    async def answer(request: Request) -> Response:
        await request.body()
        return Response(content, media_type="application/json")

    application = Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
    config = uvicorn.Config(application, port=0, access_log=False, log_level="warning")
    _AnnouncingServer(config).run()


if __name__ == "__main__":
    main()
