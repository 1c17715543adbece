"""A simulation whose upstreams report by callbacks: true, forged, repeated and out of order."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Self

from generations import repository
from generations.execution.backend_job import CALLBACKS
from generations.execution.callbacks import CallbackAddress, check_address, receive_callback
from generations.execution.wake_throttle import WakeThrottle
from generations.generation import Generation, Status
from kit.errors import ErrorCode, NotFound
from providers.backend import BackendState
from tests.properties.simulation import Simulation
from tests.support.callback_upstream import CallbackUpstream
from tests.support.signed_callbacks import SignedCallback

PUBLIC_URL = "https://doitong.example"
INTERNAL_FAILURES = {ErrorCode.DEADLINE_EXCEEDED, ErrorCode.GENERATION_FAILED, ErrorCode.PROVIDER_UNAVAILABLE}


class CallbackSimulation(Simulation):
    """Checks that a generation ends once, and as its upstream really reported."""

    upstream = CallbackUpstream
    ends: dict[str, Generation]

    @classmethod
    async def open(cls, url: str, workspace: Path) -> Self:
        simulation = await super().open(url, workspace)
        await simulation.use_cases.kill()
        simulation.use_cases.services = replace(simulation.use_cases.services, public_url=PUBLIC_URL)
        simulation.use_cases.start()
        simulation.ends = {}
        return simulation

    async def call(self, pick: int, *, age: int) -> None:
        """Deliver one of the past states of a job, 0 being the newest."""
        for upstream, generation_id in self._submitted(pick):
            history = upstream.history[generation_id]
            if history:
                state = history[-1 - age % len(history)]
                await self._deliver(upstream, generation_id, upstream.call(generation_id, state))

    async def forge(self, pick: int) -> None:
        """Deliver a success signed with a wrong secret."""
        for upstream, generation_id in self._submitted(pick):
            await self._deliver(upstream, generation_id, upstream.call(generation_id, secret=b"a guess"))

    async def misdirect(self, pick: int, other: int) -> None:
        """Deliver a success signed for one generation to the callback URL of another."""
        for upstream, generation_id in self._submitted(pick):
            for other_upstream, other_id in self._submitted(other):
                if other_id != generation_id:
                    await self._deliver(upstream, generation_id, other_upstream.call(other_id))

    async def guess_url(self, pick: int) -> None:
        """Use a callback URL with a wrong token."""
        for upstream, generation_id in self._submitted(pick):
            address = replace(self._address(upstream, generation_id), token="cb_guess")
            with suppress(NotFound):
                check_address(self.use_cases.services, address)
                raise AssertionError(f"{address} was accepted")

    async def check(self) -> None:
        """Assert that final states are true and do not change."""
        await super().check()
        for generation_id in self.owners:
            row = await self.use_cases.database.read(lambda c, wanted=generation_id: repository.load(c, wanted))  # type: ignore[misc]
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
            self._check_against_upstream(row)

    async def close(self) -> None:
        for upstream in self.upstreams:
            if isinstance(upstream, CallbackUpstream):
                upstream.is_silent = False
        await super().close()

    def _check_against_upstream(self, row: Generation) -> None:
        reported = {
            snapshot.state
            for upstream in self.upstreams
            if isinstance(upstream, CallbackUpstream)
            for snapshot in upstream.history[row.id]
        }
        if row.status is Status.COMPLETED:
            assert BackendState.SUCCEEDED in reported, f"{row.id} was never produced"
        if row.error is not None and row.error.code not in INTERNAL_FAILURES:
            assert BackendState.FAILED in reported or row.attempts[-1]["outcome"] == "refused"

    async def _deliver(self, upstream: CallbackUpstream, generation_id: str, call: SignedCallback) -> None:
        address = self._address(upstream, generation_id)
        check_address(self.use_cases.services, address)
        headers, body = call
        # One throttle per callback, as the number of polls is not tested here.
        wake_throttle = WakeThrottle(self.use_cases.queue.wake, self.use_cases.clock)
        await receive_callback(self.use_cases.services, wake_throttle, address, headers=headers, body=body)

    def _address(self, upstream: CallbackUpstream, generation_id: str) -> CallbackAddress:
        url = upstream.jobs[generation_id].callback_url
        assert url is not None
        return CallbackAddress(*url.removeprefix(f"{PUBLIC_URL}{CALLBACKS}/").split("/"))

    def _submitted(self, pick: int) -> list[tuple[CallbackUpstream, str]]:
        """Return a generation with each upstream its job was submitted to."""
        if not self.owners:
            return []
        generation_id = self._pick(pick)
        return [
            (upstream, generation_id)
            for upstream in self.upstreams
            if isinstance(upstream, CallbackUpstream) and generation_id in upstream.jobs
        ]
