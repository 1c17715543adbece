"""What waits for a slow client, and the end it is told when that is too much."""

import pytest
from graphql import ExecutionResult

from kit.errors import RateLimited
from server.graphql.errors import OperationFailed
from server.graphql.execution.result_queue import MAX_SUBJECTS, ResultQueue
from server.graphql.responses import EncodedResult


def test_a_client_that_reads_nothing_is_told_that_it_hit_a_limit() -> None:
    mailbox = ResultQueue()
    for number in range(MAX_SUBJECTS + 1):
        mailbox.put(str(number), EncodedResult(ExecutionResult(data={})))

    with pytest.raises(OperationFailed) as failed:
        mailbox.take()
    cause = failed.value.errors[0].original_error
    assert isinstance(cause, RateLimited)
    assert cause.extensions["limit"] == "concurrent"
