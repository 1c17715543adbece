"""The scenarios into which faults are injected, with every external call of each."""

from collections.abc import Mapping

from generations.generation import Status
from kit.errors import ProviderUnavailable
from tests.faults.crash_trial import FAILED, RUNNING, SUCCEEDED, Scenario

ACCEPTED: Mapping[str, str] = {
    "transact 1": "accept the generation and hold the credits",
    "read 1": "load the job",
    "transact 2": "record the submission attempt",
    "submit 1": "submit",
    "transact 3": "record the reference, or the refusal",
}
FOLLOWED: Mapping[str, str] = {
    **ACCEPTED,
    "poll 1": "poll",
    "transact 4": "record the running state",
    "read 2": "reload after the wait",
}
# Between the recorded attempt and the recorded reference it is unknown whether the job was submitted.
DURING_SUBMISSION = frozenset({"transact 2 ended", "submit 1 begins", "submit 1 ended", "transact 3 begins"})

COMPLETES = Scenario(
    name="completes",
    script=(RUNNING, SUCCEEDED),
    final_status=Status.COMPLETED,
    calls={
        **FOLLOWED,
        "poll 2": "poll: succeeded",
        "transact 5": "record the storing state",
        "store 1": "store the output",
        "transact 6": "complete and capture the hold",
        "clean_up 1": "delete the upstream data",
        "transact 7": "mark as inactive",
    },
    indeterminate_points=DURING_SUBMISSION,
)
FAILS = Scenario(
    name="fails",
    script=(RUNNING, FAILED),
    final_status=Status.FAILED,
    calls={
        **FOLLOWED,
        "poll 2": "poll: failed",
        "transact 5": "fail and release the hold",
        "cancel 1": "cancel upstream",
        "clean_up 1": "delete the upstream data",
        "transact 6": "mark as inactive",
    },
    indeterminate_points=DURING_SUBMISSION,
)
FALLS_BACK = Scenario(
    name="falls back",
    script=(SUCCEEDED,),
    final_status=Status.COMPLETED,
    calls={
        **ACCEPTED,
        "transact 4": "record the second attempt",
        "submit 2": "submit to the second upstream",
        "transact 5": "record the reference",
        "poll 1": "poll: succeeded",
        "transact 6": "record the storing state",
        "store 1": "store the output",
        "transact 7": "complete and capture the hold",
        "clean_up 1": "delete the upstream data",
        "transact 8": "mark as inactive",
    },
    indeterminate_points=DURING_SUBMISSION
    | {"transact 4 ended", "submit 2 begins", "submit 2 ended", "transact 5 begins"},
    refusal=ProviderUnavailable("down"),
)
CANCELLED = Scenario(
    name="is cancelled",
    script=(RUNNING,),
    final_status=Status.CANCELLED,
    calls={
        **FOLLOWED,
        "transact 5": "cancel and release the hold",
        "cancel 1": "cancel upstream",
        "clean_up 1": "delete the upstream data",
        "transact 6": "mark as inactive",
    },
    indeterminate_points=DURING_SUBMISSION,
    is_cancelled=True,
)
CALLED_BACK = Scenario(
    name="is called back",
    script=(RUNNING, SUCCEEDED),
    final_status=Status.COMPLETED,
    calls={
        **FOLLOWED,
        "read 3": "load the generation of the callback",
        "transact 5": "record the result of the callback",
        "transact 6": "record the storing state",
        "store 1": "store the output",
        "transact 7": "complete and capture the hold",
        "clean_up 1": "delete the upstream data",
        "transact 8": "mark as inactive",
    },
    indeterminate_points=DURING_SUBMISSION,
    is_called_back=True,
)
SCENARIOS = (COMPLETES, FAILS, FALLS_BACK, CANCELLED, CALLED_BACK)
