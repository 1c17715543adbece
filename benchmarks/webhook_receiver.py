"""A webhook receiver that records arrival times: `python -m benchmarks.webhook_receiver`."""

import asyncio
import json
import time

NO_CONTENT = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
ARRIVALS = "GET /arrivals"

arrivals: dict[str, tuple[float, str | None]] = {}


async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Record a message; `/hang` never responds; `GET /arrivals` maps message ids to arrival time and `completedAt`."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:-2])
    received = await reader.readexactly(int(lines.get("content-length", "0")))
    if head.startswith(ARRIVALS):
        body = json.dumps(arrivals).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
    elif " /hang " in head:
        await reader.read()
    else:
        arrivals.setdefault(lines["webhook-id"], (time.time(), json.loads(received).get("completedAt")))
        writer.write(NO_CONTENT)
    await writer.drain()
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(handle, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
