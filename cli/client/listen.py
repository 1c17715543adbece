"""`doitong listen`: forwards the webhook messages of an account to a local URL."""

import asyncio
import signal
from collections.abc import Collection
from contextlib import aclosing, suppress
from json import JSONDecodeError

import httpx
from rich.console import Console
from websockets.exceptions import WebSocketException

from cli.client.change_follower import ChangeFollower
from cli.client.forward import Forwarder
from cli.client.graphql_client import Client, server_and_key
from cli.client.webhook_event import ENDED_TYPES, EVENT_TYPES, PROGRESS, WebhookEvent
from cli.errors import CommandError
from kit.webhook_secrets import validate_or_generate_secret

MIN_BACKOFF, MAX_BACKOFF = 0.5, 30.0  # seconds before the next connection attempt
UNREACHABLE = (OSError, httpx.TransportError, WebSocketException, JSONDecodeError)
ACCOUNT_SECRET = "{ account { webhookSecret } }"  # noqa: S105


def run(
    *, forward: str, events: str | None, progress: bool, secret: str | None, url: str | None, key: str | None
) -> int:
    """Listen until interrupted, then print how many events were forwarded."""
    url, key = server_and_key(url, key)
    selected = _selected_types(events, progress=progress)
    _check_target(forward)
    if secret is not None:
        validate_or_generate_secret(secret)
    return asyncio.run(_listen(Listener(url, forward, selected, secret), key))


async def _listen(listener: "Listener", key: str) -> int:
    interrupted = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, interrupted.set)
    async with Client.open(listener.url, key) as client:
        listening = asyncio.create_task(listener.listen(client))
        interruption = asyncio.create_task(interrupted.wait())
        await asyncio.wait((listening, interruption), return_when=asyncio.FIRST_COMPLETED)
        interruption.cancel()
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
    listener.print_summary()
    return 0


class Listener:
    """Follows the account and reconnects whenever the connection is lost."""

    def __init__(self, url: str, target: str, selected: Collection[str], secret: str | None) -> None:
        self.url, self._target, self._selected, self._secret = url, target, selected, secret
        self._console = Console(highlight=False, markup=False, soft_wrap=True)
        self._forwarder: Forwarder | None = None
        self._backoff = MIN_BACKOFF

    async def listen(self, client: Client) -> None:
        """Forward events until cancelled. Raises `CommandError` if the server rejects the key."""
        changes = ChangeFollower(client)
        while not await self._started(client, changes):
            await self._back_off()
        async with Forwarder.open(self._target, secret=self._secret or "", console=self._console) as self._forwarder:
            while True:
                await self._follow(changes, self._forwarder)
                await self._back_off()

    def print_summary(self) -> None:
        """Print the number of events accepted and failed."""
        forwarder = self._forwarder
        accepted, failed = (forwarder.accepted, forwarder.failed) if forwarder else (0, 0)
        total = accepted + failed
        events = "event" if total == 1 else "events"
        self._console.print(f"Forwarded {total} {events}: {accepted} accepted, {failed} failed.")

    async def _started(self, client: Client, changes: ChangeFollower) -> bool:
        try:
            await changes.record_baseline()
            secret, origin = await self._choose_secret(client)
        except UNREACHABLE as error:
            self._report_lost_connection(error)
            return False
        except CommandError as error:
            if not error.retryable:
                raise
            self._report_lost_connection(error)
            return False
        self._secret = secret
        self._console.print(f"Listening to   {self.url} for {', '.join(self._selected)}")
        self._console.print(f"Forwarding to  {self._target}")
        self._console.print(f"Signing with   {secret}  ({origin})")
        return True

    async def _follow(self, changes: ChangeFollower, forwarder: Forwarder) -> None:
        try:
            async with aclosing(changes.follow()) as states:
                async for state in states:
                    if state is None:
                        self._backoff = MIN_BACKOFF
                        self._console.print("Connected.")
                    elif (event := WebhookEvent.from_state(state)).type in self._selected:
                        forwarder.put(event)
        except UNREACHABLE as error:
            self._report_lost_connection(error)
        except CommandError as error:
            if not error.retryable:
                raise
            self._report_lost_connection(error)
        else:
            self._report_lost_connection(None)

    async def _choose_secret(self, client: Client) -> tuple[str, str]:
        """Return the signing secret and a description of its origin."""
        if self._secret is not None:
            return self._secret, "given with --secret"
        try:
            secret = (await client.execute(ACCOUNT_SECRET))["account"]["webhookSecret"]
        except CommandError:
            return validate_or_generate_secret(None), "generated for this run: the key cannot read the account's secret"
        return str(secret), "the account's secret"

    def _report_lost_connection(self, error: Exception | None) -> None:
        reason = f": {str(error) or type(error).__name__}" if error else ""
        self._console.print(f"The connection to {self.url} was lost{reason}. Retrying in {self._backoff:g} s.")

    async def _back_off(self) -> None:
        await asyncio.sleep(self._backoff)
        self._backoff = min(2 * self._backoff, MAX_BACKOFF)


def _selected_types(events: str | None, *, progress: bool) -> list[str]:
    """Return the event types to forward, in the order of `EVENT_TYPES`. Raises `CommandError` for an unknown one."""
    requested = {name.strip() for name in events.split(",")} if events is not None else set(ENDED_TYPES)
    unknown = sorted(requested - set(EVENT_TYPES))
    if unknown:
        raise CommandError(f"--events {unknown[0]!r}: choose from {', '.join(EVENT_TYPES)}.")
    if progress:
        requested.add(PROGRESS)
    return [name for name in EVENT_TYPES if name in requested]


def _check_target(text: str) -> None:
    try:
        target = httpx.URL(text)
        valid = target.scheme in ("http", "https") and bool(target.host)
    except (httpx.InvalidURL, ValueError):
        valid = False
    if not valid:
        raise CommandError(f"--forward {text!r}: give a URL such as http://localhost:3000/hook.")
