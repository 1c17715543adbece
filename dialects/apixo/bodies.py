"""The shapes of the response bodies, as they are documented."""

from typing import Any, NotRequired

from typing_extensions import TypedDict


class SubmittedData(TypedDict):
    taskId: str


class SubmittedBody(TypedDict):
    """An accepted task. Read it with its id until its `state` is `success` or `failed`."""

    code: int
    message: str
    data: SubmittedData


class TaskData(TypedDict):
    """A task: `resultJson` is there when it succeeded, `failCode` and `failMsg` when it failed. Times are in ms."""

    taskId: str
    state: str
    resultJson: NotRequired[str]
    failCode: NotRequired[str]
    failMsg: NotRequired[str]
    createTime: int
    completeTime: NotRequired[int]
    costTime: NotRequired[int]


class TaskBody(TypedDict):
    """The status of a task."""

    code: int
    message: str
    data: TaskData


class BalanceData(TypedDict):
    """The available credits, and those that running tasks hold."""

    balance: int
    held: int


class BalanceBody(TypedDict):
    """The balance of the account, in the mode of the key."""

    code: int
    message: str
    data: BalanceData


class ErrorData(TypedDict):
    error: str


class ErrorBody(TypedDict):
    """An error: `code` is the HTTP status, `data` says more of an invalid request and is absent for a wrong key."""

    code: int
    message: str
    data: NotRequired[ErrorData | None]
    error_code: str
    retryable: NotRequired[bool]
    details: NotRequired[dict[str, Any]]
