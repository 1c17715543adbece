"""Server-sent events of a generation: `heartbeat` while it runs, `result` with its status at the end."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing

import orjson
from starlette.responses import StreamingResponse

from generations.generation import Generation
from generations.queries import follow
from kit.metrics import OPEN_SUBSCRIPTIONS
from web.json_api import Call

HEARTBEAT = 15  # seconds
MAX_STREAM = 3600  # seconds; then the client reads the status again
HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}  # nginx would buffer the events


def event_stream(
    call: Call, generation: Generation, present: Callable[[Generation], Mapping[str, object]]
) -> StreamingResponse:
    """Return a response that follows a generation; `present` returns the body of `result`."""
    return StreamingResponse(_events(call, generation, present), media_type="text/event-stream", headers=HEADERS)


async def _events(
    call: Call, generation: Generation, present: Callable[[Generation], Mapping[str, object]]
) -> AsyncIterator[bytes]:
    """Yield the events. A stopping server ends the stream without `result`: the client connects again."""
    yield _event("heartbeat", _progress(generation))
    states = follow(call.services, call.principal, generation.id, after=None)
    with OPEN_SUBSCRIPTIONS.counting("kubeez"):
        async with aclosing(states), aclosing(_with_pauses(call, states)) as changes:
            async for state in changes:
                generation = generation if state is None else state
                if generation.is_over:
                    yield _event("result", present(generation))
                    return
                yield _event("heartbeat", _progress(generation))


async def _with_pauses(call: Call, states: AsyncGenerator[Generation, None]) -> AsyncGenerator[Generation | None, None]:
    """Yield the states, and None after each `HEARTBEAT` without one, until they end or the server stops."""
    pending: asyncio.Task[Generation] | None = None
    try:
        async with call.services.shutdown_timeouts.timeout(MAX_STREAM):
            while True:
                pending = pending or asyncio.ensure_future(anext(states))
                done, _ = await asyncio.wait({pending}, timeout=HEARTBEAT)
                if not done:
                    yield None
                    continue
                state, pending = pending.result(), None
                yield state
    except (StopAsyncIteration, TimeoutError):
        return
    finally:
        if pending is not None:
            pending.cancel()
            await asyncio.wait({pending})


def _progress(generation: Generation) -> dict[str, object]:
    return {"id": generation.id, "progress": generation.progress}


def _event(name: str, data: Mapping[str, object]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), orjson.dumps(data))
