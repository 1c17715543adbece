"""The paths of APIXO's API in OpenAPI."""

from functools import partial
from typing import Any

from pydantic import BaseModel, create_model

from dialects.apixo.bodies import BalanceBody, ErrorBody, SubmittedBody, TaskBody
from dialects.apixo.requests import SEEDREAM, TaskRequest
from dialects.apixo_inputs.base import TaskInput
from dialects.apixo_inputs.seedream import SeedreamInput
from web.openapi import IDEMPOTENCY_KEY, Operation

TAG = "APIXO"
STATUSES = (400, 401, 403, 404, 408, 413, 429, 500, 503)
ACCEPTED = (
    "The task is accepted and its credits are held. Poll `GET /api/v1/statusTask/{model}` until its `state` is "
    "`success` or `failed`, or let it be reported to `callback_url`."
)
TASK_ID = {"name": "taskId", "in": "query", "required": True, "schema": {"type": "string", "minLength": 1}}


def _task(name: str, description: str, input_model: type[TaskInput]) -> type[BaseModel]:
    """Return the body of a task with this input."""
    given: Any = (input_model, ...)
    return create_model(name, __base__=TaskRequest, __doc__=description, input=given)


def apixo_operations() -> list[Operation]:
    """Return the operations of the API."""
    read = partial(Operation, "GET", tag=TAG, error=ErrorBody, errors=STATUSES)
    return [
        _creation(
            SEEDREAM,
            "generateSeedream",
            "Create a task of Seedream 4.5",
            _task("SeedreamTask", "A task of Seedream 4.5.", SeedreamInput),
            {"mode": "text-to-image", "prompt": "A red fox in the snow", "aspect_ratio": "16:9", "resolution": "2K"},
        ),
        _creation(
            "{model}",
            "generateTask",
            "Create a task of any model",
            _task("Task", "A task. Further fields of `input` are options of the model.", TaskInput),
            {"mode": "text-to-image", "prompt": "A red fox in the snow"},
        ),
        read(
            path="/api/v1/statusTask/{model}",
            id="statusTask",
            summary="Get the status of a task",
            response=TaskBody,
            parameters=[TASK_ID],
        ),
        read(
            path="/api/v1/apikeys/current-balance",
            id="currentBalance",
            summary="Get the balance",
            response=BalanceBody,
        ),
    ]


def _creation(model: str, id: str, summary: str, body: type[BaseModel], given: dict[str, object]) -> Operation:
    return Operation(
        "POST",
        f"/api/v1/generateTask/{model}",
        id,
        TAG,
        summary,
        SubmittedBody,
        ErrorBody,
        description=ACCEPTED,
        body=body,
        example={"request_type": "async", "input": given},
        errors=STATUSES,
        parameters=[IDEMPOTENCY_KEY],
    )
