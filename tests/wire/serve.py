"""The toy schema as a process of its own, for clients not written in Python: prints its address, then serves."""

import socket
import sys

import uvicorn

from tests.wire.toy import Toy, toy_app, toy_endpoint


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sys.stdout.write(f"127.0.0.1:{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        config = uvicorn.Config(toy_app(toy_endpoint(Toy())), log_level="error", lifespan="off")
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
