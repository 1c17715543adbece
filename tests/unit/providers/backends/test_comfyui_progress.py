"""The WebSocket over which ComfyUI sends the progress of jobs."""

import pytest
from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from providers.backend import JSON
from providers.backends.comfyui_progress import MAX_JOBS, ProgressFeed, progress_of
from tests.emulators.comfyui import ComfyUIEmulator
from tests.emulators.serving import EmulatorServer, until
from tests.support.manual_clock import ManualClock

pytestmark = pytest.mark.anyio

TOKEN = "proxy-token-1234"


async def test_the_socket_does_not_follow_a_redirect(server: EmulatorServer) -> None:
    elsewhere = ComfyUIEmulator(server.url)
    attempts: list[str] = []

    async def redirect(socket: WebSocket) -> None:
        attempts.append(socket.url.path)
        location = server.url.replace("http://127.0.0.1", "ws://localhost") + "/elsewhere"
        await socket.send_denial_response(RedirectResponse(location))

    async def receive(socket: WebSocket) -> None:
        attempts.append(socket.url.path)
        await socket.close()

    routes = [WebSocketRoute("/ws", redirect), WebSocketRoute("/elsewhere", receive)]
    server.application = Starlette(routes=[*routes, *elsewhere.api_routes()])
    clock = ManualClock()
    feed = ProgressFeed(server.url, lambda: {"Authorization": f"Bearer {TOKEN}"}, clock=clock)
    feed.start()
    await until(lambda: clock.pending > 0)
    await feed.aclose()

    assert attempts == ["/ws"]


async def test_a_lost_socket_is_opened_again(server: EmulatorServer) -> None:
    emulator = ComfyUIEmulator(server.url)
    server.application = emulator.asgi()
    clock = ManualClock()
    feed = ProgressFeed(server.url, dict, clock=clock)
    feed.start()
    await until(lambda: bool(emulator.sockets))

    first = emulator.sockets.pop(feed.client_id)
    await first.close()
    await until(lambda: clock.pending > 0)
    clock.move(60)
    await until(lambda: bool(emulator.sockets))
    await feed.aclose()

    assert emulator.sockets[feed.client_id] is not first


@pytest.mark.parametrize(
    ("event", "progress"),
    [
        ({"type": "progress", "data": {"value": 5, "max": 20, "prompt_id": "1"}}, 24),
        ({"type": "progress_state", "data": {"nodes": {"4": {"value": 1, "max": 1}}}}, None),
        ({"type": "progress_state", "data": {"nodes": {"3": {"value": 99, "max": 20}}}}, 95),
        ({"type": "progress_state", "data": {"nodes": [1, 2]}}, None),
        ({"type": "progress_state", "data": {"nodes": {"3": {"value": "x", "max": None}, "4": 5}}}, None),
        ({"type": "status", "data": {"value": 5, "max": 20}}, None),
        ({"data": None}, None),
        ([], None),
    ],
)
async def test_the_progress_is_that_of_the_nodes_with_steps(event: JSON, progress: int | None) -> None:
    assert progress_of(event) == progress


async def test_the_progress_of_the_newest_jobs_is_kept(server: EmulatorServer) -> None:
    emulator = ComfyUIEmulator(server.url)
    server.application = emulator.asgi()
    feed = ProgressFeed(server.url, dict, clock=ManualClock())
    feed.start()
    await until(lambda: bool(emulator.sockets))

    socket = emulator.sockets[feed.client_id]
    await socket.send_text("not JSON")
    for number in range(MAX_JOBS + 1):
        data = {"value": 1, "max": 2, "prompt_id": str(number)}
        await socket.send_json({"type": "progress", "data": data})
    await until(lambda: feed.get(str(MAX_JOBS)) is not None)
    await feed.aclose()

    assert feed.get("0") is None
    assert feed.get("1") == 48
