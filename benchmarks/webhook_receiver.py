"""A receiver of webhooks that does nothing but say when each came: `python -m benchmarks.webhook_receiver`."""

import asyncio
import json
import time

NO_CONTENT = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
ARRIVALS = "GET /arrivals"

arrivals: dict[str, tuple[float, str | None]] = {}


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """`/hang` never answers; `GET /arrivals` is, by message id, when it came and the end it told of."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:-2])
    sent = await reader.readexactly(int(lines.get("content-length", "0")))
    if head.startswith(ARRIVALS):
        body = json.dumps(arrivals).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
    elif " /hang " in head:
        await reader.read()
    else:
        arrivals.setdefault(lines["webhook-id"], (time.time(), json.loads(sent).get("completedAt")))
        writer.write(NO_CONTENT)
    await writer.drain()
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
