import pytest

from generations.generation import TRANSITIONS, IllegalTransition, Stage, State, Status, check_transition

EVERY_STATE: list[State] = [(status, stage) for status in Status for stage in Stage]
LEGAL = {(current, wanted) for current, targets in TRANSITIONS.items() for wanted in targets}


@pytest.mark.parametrize("current", TRANSITIONS)
@pytest.mark.parametrize("wanted", EVERY_STATE)
def test_only_what_the_table_has_may_happen(current: State, wanted: State) -> None:
    if (current, wanted) in LEGAL:
        check_transition(current, wanted)
    else:
        with pytest.raises(IllegalTransition):
            check_transition(current, wanted)


def test_what_has_ended_never_changes_again() -> None:
    for status in (Status.COMPLETED, Status.FAILED, Status.CANCELLED):
        assert TRANSITIONS[status, Stage.DONE] == frozenset()


def test_every_running_state_can_fail_and_be_cancelled() -> None:
    running = [state for state in TRANSITIONS if state[0] is Status.PROCESSING]

    assert len(running) == 4
    for state in running:
        assert {(Status.FAILED, Stage.DONE), (Status.CANCELLED, Stage.DONE)} <= TRANSITIONS[state]
