"""The programs of docs/ that follow a generation, while the server is stopped, stays away and is started again."""

import asyncio
import json
import shutil
import socket
import subprocess
from asyncio.subprocess import PIPE, Process
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cli.client.graphql_client import Client
from tests.support.client_programs import CHROMIUM, NODE, environment_of, interpreter, make_workspace
from tests.support.docs_programs import programs, typescript_files
from tests.support.server_process import ROOT, ServerProcess

pytestmark = pytest.mark.anyio

SUBSCRIBERS = [
    "apollo/speak.js",
    "apollo/multipart.js",
    "urql/speak.js",
    "urql/stream.js",
    "fetch/stream.js",
    "python/follow.py",
]
POLLERS = ["fetch/poll.js", "python/poll.py"]
PROMPT, HELD_PROMPT = "Good evening", "test:hang Good evening"
BROWSER_PROGRAMS = ["apollo/speak.js", "apollo/multipart.js", "urql/speak.js", "urql/stream.js", "fetch/stream.js"]
WEB_PAGE = "apollo/web-page.js"  # speak.js of the page, with the client of its section on web pages
WEBSOCKET_OF_NODE = ("import WebSocket from 'ws';", "globalThis.WebSocket ??= WebSocket;")
BROWSER_SCRIPTS = Path(__file__).parent / "browser"
ESBUILD = ROOT / "frontend" / "node_modules" / ".bin" / "esbuild"
# In the head of a subscriber's request, or of the one by which a browser asks whether it may send it.
STREAM_MARKS = (
    b"upgrade: websocket",
    b"text/event-stream",
    b"multipart/mixed",
    b"access-control-request-method: post",
)
# The documented setting of the Python client, whose pauses are otherwise up to 90 seconds.
PAUSES = {f"WEBSOCKETS_BACKOFF_{name}_DELAY": "0.5" for name in ("INITIAL", "MIN", "MAX")}
EXPECTED = ["PROCESSING", "CANCELLED"]  # the first status that a program prints, and the last one
TIMEOUT = 60  # seconds
RUNNING = "{ generations(first: 100, filter: { status: [PROCESSING] }) { nodes { id } } }"
CANCEL = "mutation ($id: ID!) { cancelGeneration(id: $id) }"


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("end", "attempts"),
    [(ServerProcess.stop, 2), (ServerProcess.kill, 7)],
    ids=["SIGTERM", "SIGKILL and a long outage"],
)
async def test_they_see_the_end_after_a_restart(
    end: Callable[[ServerProcess], object], attempts: int, tmp_path: Path
) -> None:
    names = [*SUBSCRIBERS, *POLLERS]
    async with AsyncExitStack() as stack:
        with start_server(tmp_path) as first:
            started = [await stack.enter_async_context(run(name, first, tmp_path)) for name in names]
            seen = [await first_line(process) for process in started[: len(SUBSCRIBERS)]]
            await accepted(first, len(names))
            await asyncio.to_thread(end, first)
        await outage(port_of(first), attempts * len(SUBSCRIBERS), started)
        with await asyncio.to_thread(start_server, tmp_path, port=port_of(first)) as second:
            await cancel_all(second)
            async with asyncio.timeout(TIMEOUT):
                outputs = [await process.communicate() for process in started]

    assert all(line.startswith("PROCESSING") for line in seen), seen
    assert {name: result(*output) for name, output in zip(names, outputs, strict=True)} == dict.fromkeys(
        names, "CANCELLED"
    )
    assert [process.returncode for process in started[: len(SUBSCRIBERS)]] == [0] * len(SUBSCRIBERS)


@pytest.mark.timeout(180)
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium; name one in CHROMIUM")
@pytest.mark.skipif(NODE is None or not ESBUILD.exists(), reason="the GraphiQL page is not built: that needs Node")
async def test_they_see_the_end_after_a_restart_in_chromium(tmp_path: Path) -> None:
    names = [*BROWSER_PROGRAMS, WEB_PAGE]
    seen: dict[str, list[str]] = defaultdict(list)
    with start_server(tmp_path) as first:
        bundles = {bundle(name, first, tmp_path / "pages"): name for name in names}
        async with run_in_chromium(list(bundles), first, tmp_path / "pages") as browser, asyncio.timeout(2 * TIMEOUT):
            while len(seen) < len(names):
                await read_page_line(browser, seen)
            await asyncio.to_thread(first.stop)
            await outage(port_of(first), len(names), [browser])
            with await asyncio.to_thread(start_server, tmp_path, port=port_of(first)) as second:
                await cancel_all(second)
                while await read_page_line(browser, seen):
                    pass

    lines = {name: seen[page] for page, name in bundles.items()}
    failed = {name: seen for name, seen in lines.items() if statuses(seen)[:1] + statuses(seen)[-1:] != EXPECTED}
    assert not failed, json.dumps(failed)


def bundle(name: str, server: ServerProcess, directory: Path) -> str:
    """Bundle a program for a browser into a file of the directory, and return the name of the file."""
    page, file = name.split("/")
    workspace = directory / page
    if not workspace.exists():
        workspace.mkdir(parents=True)
        (workspace / "node_modules").symlink_to(ROOT / "tests" / "wire" / "node_modules", target_is_directory=True)
        for module, code in browser_modules(page, server).items():
            (workspace / module).write_text(code.replace(PROMPT, HELD_PROMPT))
    built = f"{page}-{file}"
    environment = environment_of(server)
    defines = [
        f"--define:process.env.{name}={json.dumps(environment[name])}" for name in ("DOITONG_URL", "DOITONG_API_KEY")
    ]
    options = ["--bundle", "--format=esm", "--platform=browser", "--log-level=warning", *defines]
    command = [str(ESBUILD), file, *options, f"--outfile={directory / built}"]
    subprocess.run(command, cwd=workspace, check=True)
    return built


def browser_modules(page: str, server: ServerProcess) -> dict[str, str]:
    """Return the programs of a page without the package `ws`, which browsers do not need."""
    modules = programs(page)
    if "client.js" in modules:
        client = modules["client.js"]
        for line in WEBSOCKET_OF_NODE:
            assert client.count(line) == 1
            client = client.replace(line, "//")
        modules["client.js"] = client
    if page == "apollo":
        modules["web-client.ts"] = typescript_files(page)["src/client.ts"].replace(
            "https://doitong.example.com", server.url
        )
        speak = modules["speak.js"].replace(
            "{ client, socket } from './client.js'", "{ client } from './web-client.ts'"
        )
        modules["web-page.js"] = speak.replace("await socket.dispose();", "")
    return modules


@asynccontextmanager
async def run_in_chromium(files: list[str], server: ServerProcess, directory: Path) -> AsyncIterator[Process]:
    """Run each file in a page of its own; what it prints begins with its name."""
    make_workspace(directory)
    shutil.copytree(BROWSER_SCRIPTS, directory, dirs_exist_ok=True)
    environment = {**environment_of(server), "CHROMIUM": str(CHROMIUM)}
    process = await asyncio.create_subprocess_exec(
        str(NODE), "docs_pages.mjs", *files, cwd=directory, env=environment, stdout=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def statuses(lines: Sequence[str]) -> list[str]:
    return [line.split(" ")[0] for line in lines]


async def read_page_line(browser: Process, seen: dict[str, list[str]]) -> bool:
    """Add the next line to those of its page; return False at the end."""
    assert browser.stdout is not None
    line = (await browser.stdout.readline()).decode().rstrip()
    if line:
        page, _, text = line.partition(": ")
        seen[page].append(text)
    return bool(line)


def start_server(directory: Path, *, port: int = 0) -> ServerProcess:
    data_directory = directory / "data"
    data_directory.mkdir(exist_ok=True)
    return ServerProcess(data_directory, port=port)


def port_of(server: ServerProcess) -> int:
    return urlsplit(server.url).port or 80


@asynccontextmanager
async def run(name: str, server: ServerProcess, directory: Path) -> AsyncIterator[Process]:
    """Run a program of a page on a generation that does not end by itself."""
    page, file = name.split("/")
    workspace = directory / name.replace("/", "-")
    workspace.mkdir()
    make_workspace(workspace)
    for module, code in programs(page).items():
        (workspace / module).write_text(code.replace(PROMPT, HELD_PROMPT))
    command = [*interpreter(workspace / file), file]
    environment = {**environment_of(server), **PAUSES, "PYTHONUNBUFFERED": "1"}
    process = await asyncio.create_subprocess_exec(*command, cwd=workspace, env=environment, stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def first_line(process: Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(TIMEOUT):
        return (await process.stdout.readline()).decode()


async def accepted(server: ServerProcess, count: int) -> None:
    """Wait until as many generations run."""
    async with asyncio.timeout(TIMEOUT), Client.open(server.url, server.key) as client:
        while len((await client.execute(RUNNING))["generations"]["nodes"]) < count:
            pass


async def outage(port: int, attempts: int, started: list[Process]) -> None:
    """Drop the connections to the port until subscribers have made so many attempts, or a program gave up."""
    loop, subscriptions = asyncio.get_running_loop(), asyncio.Semaphore(0)

    async def count() -> None:
        for _ in range(attempts):
            await subscriptions.acquire()

    def accept() -> None:
        connection = sockets.enter_context(listening.accept()[0])
        connection.setblocking(False)
        tasks.append(asyncio.create_task(drop(connection, subscriptions)))

    with ExitStack() as sockets:
        listening = sockets.enter_context(socket.create_server(("127.0.0.1", port)))
        tasks = [asyncio.create_task(wait) for wait in (count(), *(process.wait() for process in started))]
        loop.add_reader(listening, accept)
        done, _ = await asyncio.wait(tasks, timeout=TIMEOUT, return_when=asyncio.FIRST_COMPLETED)
        loop.remove_reader(listening)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert done


async def drop(connection: socket.socket, subscriptions: asyncio.Semaphore) -> None:
    """Close the connection after the head of its request; release the semaphore if it is a subscriber's."""
    head = b""
    with connection, suppress(ConnectionError):
        while b"\r\n\r\n" not in head:
            if not (received := await asyncio.get_running_loop().sock_recv(connection, 65_536)):
                return  # the browser opened it in advance
            head += received.lower()
    if any(mark in head for mark in STREAM_MARKS):
        subscriptions.release()


async def cancel_all(server: ServerProcess) -> None:
    async with Client.open(server.url, server.key) as client:
        for generation in (await client.execute(RUNNING))["generations"]["nodes"]:
            assert (await client.execute(CANCEL, {"id": generation["id"]}))["cancelGeneration"]


def result(output: bytes, errors: bytes) -> str:
    """Return the last status, with what was printed if that is not the end."""
    *_, last = output.decode().splitlines() or [""]
    status = last.split(" ")[0]
    return status if status == "CANCELLED" else f"{last}\n{errors.decode()[-500:]}"
