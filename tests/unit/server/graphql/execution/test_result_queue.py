"""The results queued for a slow client."""

import pytest
from graphql import ExecutionResult

from kit.errors import RateLimited
from server.graphql.errors import OperationFailed
from server.graphql.execution.result_queue import MAX_SUBJECTS, ResultQueue
from server.graphql.responses import EncodedResult


def test_too_many_queued_subjects_end_with_a_rate_limit() -> None:
    queue = ResultQueue()
    for number in range(MAX_SUBJECTS + 1):
        queue.put(str(number), EncodedResult(ExecutionResult(data={})))

    with pytest.raises(OperationFailed) as failed:
        queue.take()
    cause = failed.value.errors[0].original_error
    assert isinstance(cause, RateLimited)
    assert cause.extensions["limit"] == "concurrent"
