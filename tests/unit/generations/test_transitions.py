"""The table of state transitions."""

import pytest

from generations.generation import Stage, State, Status
from generations.transitions import TRANSITIONS, IllegalTransition, check_transition

ALL_STATES: list[State] = [(status, stage) for status in Status for stage in Stage]
LEGAL = {(current, target) for current, targets in TRANSITIONS.items() for target in targets}


@pytest.mark.parametrize("current", TRANSITIONS)
@pytest.mark.parametrize("target", ALL_STATES)
def test_only_transitions_in_the_table_are_allowed(current: State, target: State) -> None:
    if (current, target) in LEGAL:
        check_transition(current, target)
    else:
        with pytest.raises(IllegalTransition):
            check_transition(current, target)


def test_ended_states_have_no_transitions() -> None:
    for status in (Status.COMPLETED, Status.FAILED, Status.CANCELLED):
        assert TRANSITIONS[status, Stage.DONE] == frozenset()


def test_every_running_state_can_fail_and_be_cancelled() -> None:
    running = [state for state in TRANSITIONS if state[0] is Status.PROCESSING]

    assert len(running) == 4
    for state in running:
        assert {(Status.FAILED, Stage.DONE), (Status.CANCELLED, Stage.DONE)} <= TRANSITIONS[state]
