"""`doitong listen`: the webhooks of an account, delivered to a port of this machine."""

import asyncio
import signal
from collections.abc import Collection
from contextlib import aclosing, suppress
from json import JSONDecodeError

import httpx
from rich.console import Console
from websockets.exceptions import WebSocketException

from cli.client.change_follower import Changes
from cli.client.forward import Forwarder
from cli.client.graphql_client import Client, server_and_key
from cli.client.webhook_event import ENDED_TYPES, EVENT_TYPES, PROGRESS, Event
from cli.errors import Refused
from kit.webhook_secrets import validate_or_generate_secret

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before the server is tried again
UNREACHABLE = (OSError, httpx.TransportError, WebSocketException, JSONDecodeError)
ACCOUNT_SECRET = "{ account { webhookSecret } }"  # noqa: S105


def run(
    *, forward: str, events: str | None, progress: bool, secret: str | None, url: str | None, key: str | None
) -> int:
    """Listen until interrupted, then say how many were forwarded."""
    url, key = server_and_key(url, key)
    wanted = _wanted(events, progress=progress)
    _check_target(forward)
    if secret is not None:
        validate_or_generate_secret(secret)
    return asyncio.run(_listen(Listener(url, forward, wanted, secret), key))


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
    listener.say_goodbye()
    return 0


class Listener:
    """Follows the account, connecting anew whenever the connection is lost."""

    def __init__(self, url: str, target: str, wanted: Collection[str], secret: str | None) -> None:
        self.url, self._target, self._wanted, self._secret = url, target, wanted, secret
        self._console = Console(highlight=False, markup=False, soft_wrap=True)
        self._forwarder: Forwarder | None = None
        self._pause = FIRST_PAUSE

    async def listen(self, client: Client) -> None:
        """Forward events for ever. Raises `Refused` where the server does not take the key."""
        changes = Changes(client)
        while not await self._began(client, changes):
            await self._rest()
        async with Forwarder.open(self._target, secret=self._secret or "", console=self._console) as self._forwarder:
            while True:
                await self._follow(changes, self._forwarder)
                await self._rest()

    def say_goodbye(self) -> None:
        """Say what was done."""
        forwarder = self._forwarder
        accepted, failed = (forwarder.accepted, forwarder.failed) if forwarder else (0, 0)
        total = accepted + failed
        events = "event" if total == 1 else "events"
        self._console.print(f"Forwarded {total} {events}: {accepted} accepted, {failed} failed.")

    async def _began(self, client: Client, changes: Changes) -> bool:
        try:
            await changes.begin()
            secret, origin = await self._choose_secret(client)
        except UNREACHABLE as error:
            self._say_unreachable(error)
            return False
        except Refused as refusal:
            if not refusal.retryable:
                raise
            self._say_unreachable(refusal)
            return False
        self._secret = secret
        self._console.print(f"Listening to   {self.url} for {', '.join(self._wanted)}")
        self._console.print(f"Forwarding to  {self._target}")
        self._console.print(f"Signing with   {secret}  ({origin})")
        return True

    async def _follow(self, changes: Changes, forwarder: Forwarder) -> None:
        try:
            async with aclosing(changes.follow()) as states:
                async for told in states:
                    if told is None:
                        self._pause = FIRST_PAUSE
                        self._console.print("Connected.")
                    elif (event := Event.from_state(told)).type in self._wanted:
                        forwarder.put(event)
        except UNREACHABLE as error:
            self._say_unreachable(error)
        except Refused as refusal:
            if not refusal.retryable:
                raise
            self._say_unreachable(refusal)
        else:
            self._say_unreachable(None)

    async def _choose_secret(self, client: Client) -> tuple[str, str]:
        """What to sign with, and whose it is."""
        if self._secret is not None:
            return self._secret, "given with --secret"
        try:
            secret = (await client.execute(ACCOUNT_SECRET))["account"]["webhookSecret"]
        except Refused:
            return validate_or_generate_secret(None), "made for this run: the key may not read the account's"
        return str(secret), "the account's own"

    def _say_unreachable(self, error: Exception | None) -> None:
        reason = f": {str(error) or type(error).__name__}" if error else ""
        self._console.print(f"The connection to {self.url} is lost{reason}. Trying again in {self._pause:g} s.")

    async def _rest(self) -> None:
        await asyncio.sleep(self._pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE)


def _wanted(events: str | None, *, progress: bool) -> list[str]:
    """The events to forward, in the order of the list of all. Raises `Refused` for one there is not."""
    asked = {name.strip() for name in events.split(",")} if events is not None else set(ENDED_TYPES)
    unknown = sorted(asked - set(EVENT_TYPES))
    if unknown:
        raise Refused(f"--events {unknown[0]!r}: there are {', '.join(EVENT_TYPES)}.")
    if progress:
        asked.add(PROGRESS)
    return [name for name in EVENT_TYPES if name in asked]


def _check_target(address: str) -> None:
    try:
        target = httpx.URL(address)
        usable = target.scheme in ("http", "https") and bool(target.host)
    except (httpx.InvalidURL, ValueError):
        usable = False
    if not usable:
        raise Refused(f"--forward {address!r}: give an address such as http://localhost:3000/hook.")
