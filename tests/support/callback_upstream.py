"""A faulty upstream whose callbacks are sent by the test."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from providers.backend import AcceptedJob, BackendState, Callback, Job, JSONObject, Snapshot
from tests.support.controllable_upstream import IMAGE_OUTPUT
from tests.support.faulty_upstream import FaultyUpstream
from tests.support.signed_callbacks import SignedCallback, sign_callback, verify_callback

CLAIMED_SUCCESS = Snapshot(BackendState.SUCCEEDED, progress=100, outputs=(IMAGE_OUTPUT,))


class CallbackUpstream(FaultyUpstream):
    """Records every state of each job and the number of polls; `is_silent` suppresses wake-ups of the queue."""

    takes_callbacks = True

    def __init__(self, name: str = "fal", *, resubmits_safely: bool = False) -> None:
        super().__init__(name, resubmits_safely=resubmits_safely)
        self.polled: Counter[str] = Counter()
        self.jobs: dict[str, Job] = {}
        self.is_silent = True
        self.history: defaultdict[str, list[Snapshot]] = defaultdict(list)

    async def submit(self, job: Job) -> AcceptedJob:
        self.jobs[job.id] = job
        return await super().submit(job)

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        self.polled[job.id] += 1
        return await super().poll(job, reference)

    def parse_callback(
        self, job: Job, reference: JSONObject | None, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        return verify_callback((reference or {}).get("upstream"), headers=headers, body=body)

    def call(
        self, generation_id: str, snapshot: Snapshot = CLAIMED_SUCCESS, *, secret: bytes | None = None
    ) -> SignedCallback:
        """Return a callback for the generation's task, signed with the upstream's secret unless another is given."""
        task = f"task-{generation_id}"
        return sign_callback(task, snapshot) if secret is None else sign_callback(task, snapshot, secret=secret)

    def _move(self, generation_id: str, snapshot: Snapshot) -> None:
        self._snapshots[generation_id] = snapshot
        self.history[generation_id].append(snapshot)
        if not self.is_silent:
            self.wake(generation_id)
