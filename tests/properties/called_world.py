"""The world of test_money with upstreams that move in silence and call back: truly, falsely, twice and out of order."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Self

from generations import repository
from generations.execution.backend_job import CALLBACKS
from generations.execution.callback import CallbackAddress, check_address, receive_callback
from generations.execution.wake_throttle import WakeThrottle
from generations.generation import Generation, Status
from kit.errors import ErrorCode, NotFound
from providers.backend import BackendState
from tests.fixtures.calling import CallingUpstream
from tests.fixtures.calls import Call
from tests.properties.world import World

PUBLIC = "https://doitong.example"
OWN_ENDS = {ErrorCode.DEADLINE_EXCEEDED, ErrorCode.GENERATION_FAILED, ErrorCode.PROVIDER_UNAVAILABLE}


class CalledWorld(World):
    """Whatever is called, a generation ends as its upstream really said, and only once."""

    upstream = CallingUpstream
    ends: dict[str, Generation]

    @classmethod
    async def open(cls, url: str, workspace: Path) -> Self:
        world = await super().open(url, workspace)
        await world.heart.kill()
        world.heart.services = replace(world.heart.services, public_url=PUBLIC)
        world.heart.start()
        world.ends = {}
        return world

    async def call(self, pick: int, *, news: int) -> None:
        """Tell one of the states that it was ever in, the newest for 0: again, late or out of order."""
        for upstream, generation_id in self._bought(pick):
            history = upstream.history[generation_id]
            if history:
                state = history[-1 - news % len(history)]
                await self._hear(upstream, generation_id, upstream.call(generation_id, state))

    async def forge(self, pick: int) -> None:
        """Claim success without the secret."""
        for upstream, generation_id in self._bought(pick):
            await self._hear(upstream, generation_id, upstream.call(generation_id, secret=b"a guess"))

    async def redirect(self, pick: int, other: int) -> None:
        """Post the success that was signed for one generation to the address of another."""
        for upstream, generation_id in self._bought(pick):
            for teller, told in self._bought(other):
                if told != generation_id:
                    await self._hear(upstream, generation_id, teller.call(told))

    async def guess(self, pick: int) -> None:
        """Try an address that was not given out, with what would be believed at the right one."""
        for upstream, generation_id in self._bought(pick):
            address = replace(self._address(upstream, generation_id), token="cb_guess")
            with suppress(NotFound):
                check_address(self.heart.services, address)
                raise AssertionError(f"{address} was let in")

    async def check(self) -> None:
        """Assert that ends are true, and that each is the first and only one."""
        await super().check()
        for generation_id in self.owners:
            row = await self.heart.database.read(lambda c, wanted=generation_id: repository.load(c, wanted))  # type: ignore[misc]
            assert row is not None
            if not row.is_over:
                continue
            first = self.ends.setdefault(generation_id, row)
            assert (row.status, row.version, row.outputs, row.error) == (
                first.status,
                first.version,
                first.outputs,
                first.error,
            )
            self._check_truth(row)

    async def close(self) -> None:
        for upstream in self.upstreams:
            if isinstance(upstream, CallingUpstream):
                upstream.is_silent = False
        await super().close()

    def _check_truth(self, row: Generation) -> None:
        really = {
            snapshot.state
            for upstream in self.upstreams
            if isinstance(upstream, CallingUpstream)
            for snapshot in upstream.history[row.id]
        }
        if row.status is Status.COMPLETED:
            assert BackendState.SUCCEEDED in really, f"{row.id} was never made"
        if row.error is not None and row.error.code not in OWN_ENDS:
            assert BackendState.FAILED in really or row.attempts[-1]["outcome"] == "refused"

    async def _hear(self, upstream: CallingUpstream, generation_id: str, call: Call) -> None:
        address = self._address(upstream, generation_id)
        check_address(self.heart.services, address)
        headers, body = call
        # A bell of its own for every call: here it is not the number of polls that counts.
        wake_throttle = WakeThrottle(self.heart.queue.wake, self.heart.clock)
        await receive_callback(self.heart.services, wake_throttle, address, headers=headers, body=body)

    def _address(self, upstream: CallingUpstream, generation_id: str) -> CallbackAddress:
        url = upstream.jobs[generation_id].callback_url
        assert url is not None
        return CallbackAddress(*url.removeprefix(f"{PUBLIC}{CALLBACKS}/").split("/"))

    def _bought(self, pick: int) -> list[tuple[CallingUpstream, str]]:
        """A generation with each upstream that was handed its job."""
        if not self.owners:
            return []
        generation_id = self._pick(pick)
        return [
            (upstream, generation_id)
            for upstream in self.upstreams
            if isinstance(upstream, CallingUpstream) and generation_id in upstream.jobs
        ]
