"""A webhook receiver that records arrival times: `python -m benchmarks.webhook_receiver`."""

import asyncio
import json
import time
from collections import defaultdict

NO_CONTENT = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
ARRIVALS, GENERATIONS = "GET /arrivals", "GET /generations"

arrivals: dict[str, tuple[float, str | None]] = {}
messages: defaultdict[str, list[str]] = defaultdict(list)


async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Record a message. `/hang` never responds.

    `GET /arrivals` maps message ids to the time of the first arrival and `completedAt`, `GET /generations` maps
    generations to the message ids of all deliveries.
    """
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):  # its sender was killed
        writer.close()
        return
    lines = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:-2])
    received = await reader.readexactly(int(lines.get("content-length", "0")))
    if head.startswith((ARRIVALS, GENERATIONS)):
        body = json.dumps(arrivals if head.startswith(ARRIVALS) else messages).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
    elif " /hang " in head:
        await reader.read()
    else:
        payload = json.loads(received)
        arrivals.setdefault(lines["webhook-id"], (time.time(), payload.get("completedAt")))
        messages[payload.get("id", "")].append(lines["webhook-id"])
        writer.write(NO_CONTENT)
    await writer.drain()
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(handle, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
