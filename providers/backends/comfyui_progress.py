"""The progress of jobs of a ComfyUI server, which it sends over a WebSocket to the client that submitted them."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import uuid4

import orjson
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from kit.clock import Clock, WakeableTimer
from kit.tls import tls_context
from providers.backend import JSON

MAX_JOBS = 1000  # whose progress is kept
MAX_MESSAGE_BYTES = 16_000_000  # previews of pictures arrive too
MAX_PROGRESS = 95  # percent; decoding and saving follow
MAX_RETRY_DELAY = timedelta(minutes=1)
SILENT = logging.Logger("comfyui-progress", logging.CRITICAL + 1)  # websockets logs request headers


class ProgressFeed:
    """One WebSocket per backend, opened by `start` and reopened when it is lost. Jobs are polled as well."""

    def __init__(self, url: str, authorize: Callable[[], Mapping[str, str]], *, clock: Clock) -> None:
        self.client_id = uuid4().hex
        self._url = f"ws{url.removeprefix('http')}/ws?clientId={self.client_id}"
        self._authorize = authorize
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._progress: dict[str, int] = {}

    def start(self) -> None:
        """Open the socket in the background, if it is not."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow())

    def get(self, prompt_id: str) -> int | None:
        """Return the newest progress of a job, in percent."""
        return self._progress.get(prompt_id)

    def forget(self, prompt_id: str) -> None:
        self._progress.pop(prompt_id, None)

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self) -> None:
        failures = 0
        while True:
            try:
                async with _ConnectOnce(
                    self._url,
                    additional_headers=dict(self._authorize()),
                    ssl=tls_context() if self._url.startswith("wss:") else None,
                    proxy=None,
                    compression=None,
                    max_size=MAX_MESSAGE_BYTES,
                    logger=SILENT,
                ) as socket:
                    failures = 0
                    async for message in socket:
                        self._receive(message)
            except (OSError, TimeoutError, WebSocketException):
                failures = min(failures + 1, 10)
            delay = min(timedelta(seconds=2**failures), MAX_RETRY_DELAY)
            await WakeableTimer(self._clock).wait_until(self._clock.now() + delay)

    def _receive(self, message: str | bytes) -> None:
        if isinstance(message, bytes):  # a preview
            return
        try:
            event: JSON = orjson.loads(message)
        except orjson.JSONDecodeError:
            return
        data = event.get("data") if isinstance(event, dict) else None
        prompt_id = data.get("prompt_id") if isinstance(data, dict) else None
        percent = progress_of(event)
        if not isinstance(prompt_id, str) or percent is None:
            return
        self._progress[prompt_id] = percent
        if len(self._progress) > MAX_JOBS:
            del self._progress[next(iter(self._progress))]


class _ConnectOnce(connect):
    """Does not follow redirects, which would send the credentials elsewhere."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


def progress_of(event: JSON) -> int | None:
    """Return the progress in an event, in percent: the steps done by the nodes that have several."""
    if not isinstance(event, dict) or not isinstance(data := event.get("data"), dict):
        return None
    nodes: list[JSON] = []
    match event.get("type"), data.get("nodes"):
        case "progress_state", dict(states):
            nodes = list(states.values())
        case "progress", _:  # of older servers: the node that runs
            nodes = [data]
    steps = [step for node in nodes if (step := _steps(node)) is not None]
    total = sum(most for _, most in steps)
    done = sum(value for value, _ in steps)
    return round(MAX_PROGRESS * done / total) if total else None


def _steps(node: JSON) -> tuple[float, float] | None:
    """Return the steps done and all steps of a node with several."""
    if not isinstance(node, dict):
        return None
    value, most = node.get("value"), node.get("max")
    if not isinstance(value, int | float) or not isinstance(most, int | float) or not 1 < most < 1e9:
        return None
    return min(max(value, 0), most), most
