"""Serves the toy schema as a process, for JavaScript clients; prints its host and port."""

import asyncio
import sys

from tests.support.asgi_server import free_socket, running_server
from tests.support.toy_schema import ToyState, toy_app, toy_endpoint


async def main() -> None:
    bound, url = free_socket()
    async with running_server(toy_app(toy_endpoint(ToyState())), bound):
        sys.stdout.write(f"{url.removeprefix('http://')}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
