"""Keys asked about again and again while something that was opened with them stays open."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Generic, Protocol

from kit.clock import Clock, Timer
from kit.errors import DoitongError
from server.graphql.context import P, RequestAuthenticator
from web.credentials import KEY_HEADERS

logger = logging.getLogger(__name__)

# With the few seconds that an answer is believed elsewhere, a key that was revoked is out after ten.
PERIOD = timedelta(seconds=5)


class Holder(Protocol):
    """Something open that goes with its key."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    def refuse(self, refusal: DoitongError) -> None:
        """The key is good no more; returns at once."""
        ...


class KeyRevalidator(Generic[P]):
    """One round for all that is open, each key asked about once in it. It rests while nothing is open."""

    def __init__(self, gate: RequestAuthenticator[P], clock: Clock) -> None:
        self._gate, self._clock = gate, clock
        self._holders: dict[tuple[str | None, ...], set[Holder]] = {}
        self._timer: Timer | None = None
        self._round: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return sum(map(len, self._holders.values()))

    @property
    def is_asking(self) -> bool:
        """Whether a round is under way."""
        return self._round is not None

    @contextmanager
    def watching(self, holder: Holder) -> Iterator[None]:
        """Refuse the holder as soon as its key is found to be good no more."""
        self.add(holder)
        try:
            yield
        finally:
            self.discard(holder)

    def add(self, holder: Holder) -> None:
        self._holders.setdefault(_key_of(holder), set()).add(holder)
        if self._timer is None and self._round is None:
            self._put_off()

    def discard(self, holder: Holder) -> None:
        key = _key_of(holder)
        holders = self._holders.get(key, set())
        holders.discard(holder)
        if not holders:
            self._holders.pop(key, None)
        if not self._holders and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _put_off(self) -> None:
        self._timer = self._clock.call_at(self._clock.now() + PERIOD, self._begin_round)

    def _begin_round(self) -> None:
        self._timer = None
        self._round = asyncio.get_running_loop().create_task(self._ask_all())
        self._round.add_done_callback(self._end_round)

    def _end_round(self, ended: asyncio.Task[None]) -> None:
        self._round = None
        # when the keys cannot be looked up just now, what is open stays open until they can
        if not ended.cancelled() and (failure := ended.exception()) is not None:
            logger.error("graphql.key_check_failed", exc_info=failure)
        if self._holders and not ended.cancelled():
            self._put_off()

    async def _ask_all(self) -> None:
        for key in tuple(self._holders):
            holder = next(iter(self._holders.get(key, ())), None)
            if holder is None:
                continue
            try:
                await self._gate.identify(holder.headers)
            except DoitongError as refusal:
                if not refusal.retryable:
                    for refused in tuple(self._holders.get(key, ())):
                        refused.refuse(refusal)


def _key_of(holder: Holder) -> tuple[str | None, ...]:
    return tuple(holder.headers.get(name) for name in KEY_HEADERS)
