"""`doitong listen` as a process, between a server and a webhook receiver on real sockets."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from cli.client.graphql_client import Client
from tests.support.asgi_server import free_socket
from tests.support.server_process import ROOT, ServerProcess
from tests.support.webhook_receivers import WebhookReceiver

pytestmark = pytest.mark.anyio

TIMEOUT = 30  # seconds
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SMALL = {"width": 256, "height": 256}
IMAGE = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "a fox"}, "options": SMALL}
FAILING = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "a fox test:content_violation"}}
PUBLISHED_FIELDS = ("id", "status", "url", "service", "createdAt", "completedAt", "metadata")


@dataclass
class ListenCommand:
    """The process of the command; its output is read line by line."""

    process: asyncio.subprocess.Process

    @classmethod
    @asynccontextmanager
    async def start(cls, url: str, key: str, *arguments: str) -> AsyncIterator[Self]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "DOITONG_API_KEY": key, "DOITONG_URL": url}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cli",
            "listen",
            *arguments,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            yield cls(process)
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    async def line(self, part: str = "") -> str:
        """Return the next line that contains `part`."""
        assert self.process.stdout is not None
        async with asyncio.timeout(TIMEOUT):
            while True:
                line = (await self.process.stdout.readline()).decode()
                assert line, f"the command exited before it printed {part!r}"
                if part in line:
                    return line.rstrip()

    async def interrupt(self) -> tuple[str, int | None]:
        """Send SIGINT; return the rest of the output and the exit status."""
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(TIMEOUT):
            rest, _ = await self.process.communicate()
        return rest.decode(), self.process.returncode


async def test_ended_generations_are_forwarded_signed_in_the_published_format(
    server: ServerProcess, client: Client, webhook_receiver: WebhookReceiver
) -> None:
    async with ListenCommand.start(
        server.url, server.key, "--forward", webhook_receiver.url, "--secret", SECRET
    ) as command:
        assert SECRET in await command.line("Signing with")
        await command.line("Connected")
        completed_generation = await client.generate(**IMAGE)
        headers, body = await webhook_receiver.next()
        failed_generation = await client.generate(**FAILING)
        failed = await webhook_receiver.verified()
        lines = [await command.line(), await command.line()]
        output, status = await command.interrupt()

    event = Webhook(SECRET).verify(body, headers)
    assert [event[name] for name in ("type", "id", "status", "service")] == [
        "generation.completed",
        completed_generation["id"],
        "completed",
        "flux-pro",
    ]
    assert set(PUBLISHED_FIELDS) < set(event)
    assert event["metadata"] == {"duration": None, "width": 256, "height": 256}
    assert event["url"].startswith(server.url)
    assert (event["creditCost"], event["error"]) == (completed_generation["creditCost"], None)
    assert headers["x-doitong-signature"].startswith("sha256=")
    assert (failed["id"], failed["type"], failed["error"]["code"]) == (
        failed_generation["id"],
        "generation.failed",
        "CONTENT_VIOLATION",
    )
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)
    assert f"generation.completed  {completed_generation['id']}  204 in" in lines[0]
    assert f"generation.failed     {failed_generation['id']}  204 in" in lines[1]
    assert (output, status) == ("Forwarded 2 events: 2 accepted, 0 failed.\n", 0)


async def test_only_the_selected_events_are_forwarded_each_version_once(
    server: ServerProcess, client: Client, webhook_receiver: WebhookReceiver
) -> None:
    options = ("--events", "generation.failed", "--progress", "--secret", SECRET)
    async with ListenCommand.start(server.url, server.key, "--forward", webhook_receiver.url, *options) as command:
        await command.line("Connected")
        await client.generate(**IMAGE)
        failed_generation = await client.generate(**FAILING)
        received: list[tuple[str, dict[str, Any]]] = []
        while not received or received[-1][1]["type"] != "generation.failed":
            headers, body = await webhook_receiver.next()
            received.append((headers["webhook-id"], json.loads(body)))

    assert {event["type"] for _, event in received} == {"generation.failed", "generation.progress"}
    assert {event["status"] for _, event in received if event["type"] == "generation.progress"} == {"processing"}
    assert received[-1][1]["id"] == failed_generation["id"]
    assert len({message_id for message_id, _ in received}) == len(received)
    assert len({(event["id"], event["version"]) for _, event in received}) == len(received)


async def test_ends_missed_during_an_outage_are_forwarded_after_it(
    tmp_path: Path, webhook_receiver: WebhookReceiver
) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    with ServerProcess(directory) as first:
        port = int(first.url.rpartition(":")[2])
        arguments = ("--forward", webhook_receiver.url, "--secret", SECRET)
        async with (
            ListenCommand.start(first.url, first.key, *arguments) as command,
            Client.open(first.url, first.key) as one,
        ):
            await command.line("Connected")
            waiting = await one.generate(**{**IMAGE, "input": {"text": "a fox test:delay=1"}})
            first.kill()
            await command.line("The connection")
            command.process.send_signal(signal.SIGSTOP)
            with ServerProcess(directory, port=port) as second:
                async with Client.open(second.url, second.key) as two:
                    failing = await two.generate(**FAILING)
                    ends = [
                        [state async for state in two.follow(generation["id"])][-1] for generation in (waiting, failing)
                    ]
                command.process.send_signal(signal.SIGCONT)
                events = [await webhook_receiver.verified(), await webhook_receiver.verified()]
                for _ in events:
                    await command.line(" 204 in ")
                output, status = await command.interrupt()

    assert [end["status"] for end in ends] == ["COMPLETED", "FAILED"]
    assert {(event["id"], event["status"]) for event in events} == {
        (waiting["id"], "completed"),
        (failing["id"], "failed"),
    }
    assert output.endswith("Forwarded 2 events: 2 accepted, 0 failed.\n")
    assert status == 0


async def test_generations_that_ended_before_the_start_are_not_forwarded(
    server: ServerProcess, client: Client, webhook_receiver: WebhookReceiver
) -> None:
    ended = await client.generate(**FAILING)
    assert [state async for state in client.follow(ended["id"])][-1]["status"] == "FAILED"

    async with ListenCommand.start(
        server.url, server.key, "--forward", webhook_receiver.url, "--secret", SECRET
    ) as command:
        await command.line("Connected")
        running = await client.generate(**FAILING)
        event = await webhook_receiver.verified()

    assert event["id"] == running["id"]


async def test_the_secret_of_the_account_is_used_by_default(
    server: ServerProcess, client: Client, webhook_receiver: WebhookReceiver
) -> None:
    async with ListenCommand.start(server.url, server.key, "--forward", webhook_receiver.url) as command:
        secret = (await command.line("Signing with")).split()[2]
        await command.line("Connected")
        await client.generate(**FAILING)

        assert (await webhook_receiver.verified(secret))["type"] == "generation.failed"


async def test_failed_deliveries_are_printed_and_counted(
    server: ServerProcess, client: Client, webhook_receiver: WebhookReceiver
) -> None:
    webhook_receiver.status = 500
    closed_socket, unused_url = free_socket()
    closed_socket.close()
    async with (
        ListenCommand.start(server.url, server.key, "--forward", webhook_receiver.url, "--secret", SECRET) as rejecting,
        ListenCommand.start(server.url, server.key, "--forward", unused_url, "--secret", SECRET) as unreachable,
    ):
        await rejecting.line("Connected")
        await unreachable.line("Connected")
        generation = await client.generate(**FAILING)
        lines = [await rejecting.line(), await unreachable.line()]
        ends = [await rejecting.interrupt(), await unreachable.interrupt()]

    assert f"{generation['id']}  500 in" in lines[0]
    assert f"{generation['id']}  no answer" in lines[1]
    assert ends == [("Forwarded 1 event: 0 accepted, 1 failed.\n", 0)] * 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--forward", "localhost:3000"), "--forward 'localhost:3000': give a URL"),
        (("--forward", "http://localhost/", "--events", "generation.done"), "'generation.done': choose from"),
        (("--forward", "http://localhost/", "--secret", "whsec_?"), "must be whsec_ and 24 to 64 random bytes"),
        (("--forward", "http://localhost/", "--key", "sk_test_wrong"), "The key is invalid"),
    ],
)
async def test_invalid_arguments_are_rejected_at_the_start(
    arguments: tuple[str, ...], message: str, server: ServerProcess
) -> None:
    async with ListenCommand.start(server.url, server.key, *arguments) as command:
        line = await command.line("doitong:")
        async with asyncio.timeout(TIMEOUT):
            assert await command.process.wait() == 1

    assert message in line
