"""`doitong listen` as a process, between a server and a receiver on real sockets."""

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

PATIENCE = 30  # seconds
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SMALL = {"width": 256, "height": 256}
PICTURE = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "a fox"}, "options": SMALL}
FAILING = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "a fox test:content_violation"}}
PUBLISHED = ("id", "status", "url", "service", "createdAt", "completedAt", "metadata")


@dataclass
class Listening:
    """The command, whose lines are read one by one."""

    process: asyncio.subprocess.Process

    @classmethod
    @asynccontextmanager
    async def to(cls, url: str, key: str, *arguments: str) -> AsyncIterator[Self]:
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
        """The next line that has this in it."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while True:
                line = (await self.process.stdout.readline()).decode()
                assert line, f"it ended before it said {part!r}"
                if part in line:
                    return line.rstrip()

    async def interrupt(self) -> tuple[str, int | None]:
        """Ctrl-C; what it says, and its exit status."""
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE):
            rest, _ = await self.process.communicate()
        return rest.decode(), self.process.returncode


async def test_every_end_arrives_signed_and_as_published(
    server: ServerProcess, client: Client, webhook_receiver: WebhookReceiver
) -> None:
    async with Listening.to(server.url, server.key, "--forward", webhook_receiver.url, "--secret", SECRET) as command:
        assert SECRET in await command.line("Signing with")
        await command.line("Connected")
        made = await client.generate(**PICTURE)
        headers, body = await webhook_receiver.next()
        refused = await client.generate(**FAILING)
        failed = await webhook_receiver.verified()
        lines = [await command.line(), await command.line()]
        said, status = await command.interrupt()

    event = Webhook(SECRET).verify(body, headers)
    assert [event[name] for name in ("type", "id", "status", "service")] == [
        "generation.completed",
        made["id"],
        "completed",
        "flux-pro",
    ]
    assert set(PUBLISHED) < set(event)
    assert event["metadata"] == {"duration": None, "width": 256, "height": 256}
    assert event["url"].startswith(server.url)
    assert (event["creditCost"], event["error"]) == (made["creditCost"], None)
    assert headers["x-doitong-signature"].startswith("sha256=")
    assert (failed["id"], failed["type"], failed["error"]["code"]) == (
        refused["id"],
        "generation.failed",
        "CONTENT_VIOLATION",
    )
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)
    assert f"generation.completed  {made['id']}  204 in" in lines[0]
    assert f"generation.failed     {refused['id']}  204 in" in lines[1]
    assert (said, status) == ("Forwarded 2 events: 2 accepted, 0 failed.\n", 0)


async def test_only_what_was_asked_for_arrives_and_a_version_only_once(
    server: ServerProcess, client: Client, webhook_receiver: WebhookReceiver
) -> None:
    chosen = ("--events", "generation.failed", "--progress", "--secret", SECRET)
    async with Listening.to(server.url, server.key, "--forward", webhook_receiver.url, *chosen) as command:
        await command.line("Connected")
        await client.generate(**PICTURE)
        refused = await client.generate(**FAILING)
        got: list[tuple[str, dict[str, Any]]] = []
        while not got or got[-1][1]["type"] != "generation.failed":
            headers, body = await webhook_receiver.next()
            got.append((headers["webhook-id"], json.loads(body)))

    assert {event["type"] for _, event in got} == {"generation.failed", "generation.progress"}
    assert {event["status"] for _, event in got if event["type"] == "generation.progress"} == {"processing"}
    assert got[-1][1]["id"] == refused["id"]
    assert len({message_id for message_id, _ in got}) == len(got)
    assert len({(event["id"], event["version"]) for _, event in got}) == len(got)


async def test_what_ended_while_the_server_or_the_connection_was_away_arrives_too(
    tmp_path: Path, webhook_receiver: WebhookReceiver
) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    with ServerProcess(directory) as first:
        number = int(first.url.rpartition(":")[2])
        arguments = ("--forward", webhook_receiver.url, "--secret", SECRET)
        async with Listening.to(first.url, first.key, *arguments) as command, Client.open(first.url, first.key) as one:
            await command.line("Connected")
            waiting = await one.generate(**{**PICTURE, "input": {"text": "a fox test:delay=1"}})
            first.kill()
            await command.line("The connection")
            command.process.send_signal(signal.SIGSTOP)
            with ServerProcess(directory, port=number) as second:
                async with Client.open(second.url, second.key) as two:
                    brief = await two.generate(**FAILING)
                    ends = [[state async for state in two.follow(made["id"])][-1] for made in (waiting, brief)]
                command.process.send_signal(signal.SIGCONT)
                events = [await webhook_receiver.verified(), await webhook_receiver.verified()]
                for _ in events:
                    await command.line(" 204 in ")
                said, status = await command.interrupt()

    assert [end["status"] for end in ends] == ["COMPLETED", "FAILED"]
    assert {(event["id"], event["status"]) for event in events} == {
        (waiting["id"], "completed"),
        (brief["id"], "failed"),
    }
    assert said.endswith("Forwarded 2 events: 2 accepted, 0 failed.\n")
    assert status == 0


async def test_what_had_ended_before_is_not_told(
    server: ServerProcess, client: Client, webhook_receiver: WebhookReceiver
) -> None:
    before = await client.generate(**FAILING)
    assert [state async for state in client.follow(before["id"])][-1]["status"] == "FAILED"

    async with Listening.to(server.url, server.key, "--forward", webhook_receiver.url, "--secret", SECRET) as command:
        await command.line("Connected")
        after = await client.generate(**FAILING)
        told = await webhook_receiver.verified()

    assert told["id"] == after["id"]


async def test_a_secret_is_found_where_none_is_given(
    server: ServerProcess, client: Client, webhook_receiver: WebhookReceiver
) -> None:
    async with Listening.to(server.url, server.key, "--forward", webhook_receiver.url) as command:
        secret = (await command.line("Signing with")).split()[2]
        await command.line("Connected")
        await client.generate(**FAILING)

        assert (await webhook_receiver.verified(secret))["type"] == "generation.failed"


async def test_a_receiver_that_refuses_or_is_not_there_is_said_and_counted(
    server: ServerProcess, client: Client, webhook_receiver: WebhookReceiver
) -> None:
    webhook_receiver.status = 500
    nobody, nowhere = free_socket()
    nobody.close()
    async with (
        Listening.to(server.url, server.key, "--forward", webhook_receiver.url, "--secret", SECRET) as refused,
        Listening.to(server.url, server.key, "--forward", nowhere, "--secret", SECRET) as unanswered,
    ):
        await refused.line("Connected")
        await unanswered.line("Connected")
        made = await client.generate(**FAILING)
        lines = [await refused.line(), await unanswered.line()]
        ends = [await refused.interrupt(), await unanswered.interrupt()]

    assert f"{made['id']}  500 in" in lines[0]
    assert f"{made['id']}  no answer" in lines[1]
    assert ends == [("Forwarded 1 event: 0 accepted, 1 failed.\n", 0)] * 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--forward", "localhost:3000"), "--forward 'localhost:3000': give a URL"),
        (("--forward", "http://localhost/", "--events", "generation.done"), "'generation.done': choose from"),
        (("--forward", "http://localhost/", "--secret", "whsec_?"), "must be whsec_ and 24 to 64 random bytes"),
        (("--forward", "http://localhost/", "--key", "sk_test_wrong"), "The key is invalid"),
    ],
)
async def test_what_cannot_work_is_refused_at_once(
    arguments: tuple[str, ...], reason: str, server: ServerProcess
) -> None:
    async with Listening.to(server.url, server.key, *arguments) as command:
        line = await command.line("doitong:")
        async with asyncio.timeout(PATIENCE):
            assert await command.process.wait() == 1

    assert reason in line
