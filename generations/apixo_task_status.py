"""A generation as a task status of the APIXO API, the body of status responses and of callbacks.

It is here and not in `dialects/apixo/` because a callback is written in the transaction that ends the generation.
"""

from collections.abc import Mapping
from datetime import datetime

from generations.generation import Generation, Stage, Status
from kit.errors import ErrorCode
from providers.backend import JSONObject

SUCCESS = 200
STATES: Mapping[Status, str] = {
    Status.PROCESSING: "processing",
    Status.COMPLETED: "success",
    Status.FAILED: "failed",
    Status.CANCELLED: "failed",
}
FAIL_CODES: Mapping[ErrorCode, str] = {
    ErrorCode.INVALID_MEDIA_URL: "INVALID_IMAGE_URL",
    ErrorCode.PROVIDER_UNAVAILABLE: "MODEL_UNAVAILABLE",
    ErrorCode.DEADLINE_EXCEEDED: "PROCESSING_TIMEOUT",
}
"""APIXO's names of failure codes; the other codes are those of this server."""


def envelope(data: JSONObject) -> JSONObject:
    """Return the body of a successful response."""
    return {"code": SUCCESS, "message": "success", "data": data}


def task_status(generation: Generation) -> JSONObject:
    """Return the `data` of a task without its results: times in milliseconds, and no field that does not apply."""
    is_queued = generation.stage is Stage.QUEUED
    data: JSONObject = {"taskId": generation.id, "state": "pending" if is_queued else STATES[generation.status]}
    created = _milliseconds(generation.created_at)
    data |= _failure(generation)
    data["createTime"] = created
    if generation.completed_at is not None:
        data["completeTime"] = _milliseconds(generation.completed_at)
        if generation.status is Status.COMPLETED:
            data["costTime"] = _milliseconds(generation.completed_at) - created
    return data


def _failure(generation: Generation) -> JSONObject:
    if generation.status is Status.CANCELLED:
        return {"failCode": Status.CANCELLED.value, "failMsg": "The task was cancelled."}
    if generation.status is not Status.FAILED or generation.error is None:
        return {}
    code = generation.error.code
    return {"failCode": FAIL_CODES.get(code, code.value), "failMsg": generation.error.message}


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
