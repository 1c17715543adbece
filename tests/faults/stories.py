"""The lives of a generation that faults are put into, with every call the heart makes on the way."""

from collections.abc import Mapping

from generations.generation import Status
from kit.errors import ProviderUnavailable
from tests.faults.trial import BROKEN_OFF, RUNNING, SUCCEEDED, Story

ACCEPTED: Mapping[str, str] = {
    "transact 1": "accept and hold the credits",
    "read 1": "begin the job",
    "transact 2": "record the intent",
    "submit 1": "buy",
    "transact 3": "record the reference, or the refusal",
}
FOLLOWED: Mapping[str, str] = {
    **ACCEPTED,
    "poll 1": "ask how it goes",
    "transact 4": "record that it runs",
    "read 2": "look after the wait",
}
# From the recorded intent to the recorded reference nobody can know whether it was bought.
AROUND_THE_PURCHASE = frozenset({"transact 2 ended", "submit 1 begins", "submit 1 ended", "transact 3 begins"})

COMPLETES = Story(
    name="completes",
    script=(RUNNING, SUCCEEDED),
    ends=Status.COMPLETED,
    calls={
        **FOLLOWED,
        "poll 2": "hear that it is done",
        "transact 5": "begin to store",
        "store 1": "store",
        "transact 6": "complete and spend the hold",
        "forget 1": "let go upstream",
        "transact 7": "be done",
    },
    unsure=AROUND_THE_PURCHASE,
)
FAILS = Story(
    name="fails",
    script=(RUNNING, BROKEN_OFF),
    ends=Status.FAILED,
    calls={
        **FOLLOWED,
        "poll 2": "hear that it failed",
        "transact 5": "fail and release the hold",
        "cancel 1": "stop it upstream",
        "forget 1": "let go upstream",
        "transact 6": "be done",
    },
    unsure=AROUND_THE_PURCHASE,
)
FALLS_BACK = Story(
    name="falls back",
    script=(SUCCEEDED,),
    ends=Status.COMPLETED,
    calls={
        **ACCEPTED,
        "transact 4": "record the second intent",
        "submit 2": "buy elsewhere",
        "transact 5": "record the reference",
        "poll 1": "hear that it is done",
        "transact 6": "begin to store",
        "store 1": "store",
        "transact 7": "complete and spend the hold",
        "forget 1": "let go upstream",
        "transact 8": "be done",
    },
    unsure=AROUND_THE_PURCHASE | {"transact 4 ended", "submit 2 begins", "submit 2 ended", "transact 5 begins"},
    refusal=ProviderUnavailable("down"),
)
IS_CANCELLED = Story(
    name="is cancelled",
    script=(RUNNING,),
    ends=Status.CANCELLED,
    calls={
        **FOLLOWED,
        "transact 5": "cancel and release the hold",
        "cancel 1": "stop it upstream",
        "forget 1": "let go upstream",
        "transact 6": "be done",
    },
    unsure=AROUND_THE_PURCHASE,
    is_cancelled=True,
)
IS_CALLED = Story(
    name="is called back",
    script=(RUNNING, SUCCEEDED),
    ends=Status.COMPLETED,
    calls={
        **FOLLOWED,
        "read 3": "look up what is called about",
        "transact 5": "record the end that was told",
        "transact 6": "begin to store",
        "store 1": "store",
        "transact 7": "complete and spend the hold",
        "forget 1": "let go upstream",
        "transact 8": "be done",
    },
    unsure=AROUND_THE_PURCHASE,
    is_called=True,
)
STORIES = (COMPLETES, FAILS, FALLS_BACK, IS_CANCELLED, IS_CALLED)
