"""The paths of OmniVideo's API in OpenAPI."""

from dialects.omnivideo.requests import TaskRequest
from dialects.omnivideo.responses import ErrorBody, SubmittedBody, TaskBody
from web.openapi import IDEMPOTENCY_KEY, Operation

TAG = "OmniVideo"
STATUSES = (400, 401, 408, 413, 429)
REFUSED = "Other errors have HTTP status 200 and `code` 0."


def omnivideo_operations() -> list[Operation]:
    """Return the operations of the API."""
    return [
        Operation(
            "POST",
            "/api/v1/tasks/create",
            "createTask",
            TAG,
            "Create a task",
            SubmittedBody | ErrorBody,
            ErrorBody,
            description="The task is accepted and its credits are held. Poll `GET /api/v1/tasks/{task_id}` until its "
            f"`task_status` is 3 or 4. {REFUSED}",
            body=TaskRequest,
            example={"model_id": "gpt-image-2", "prompt": "A red fox in the snow", "aspect_ratio": "16:9"},
            errors=STATUSES,
            parameters=[IDEMPOTENCY_KEY],
        ),
        Operation(
            "GET",
            "/api/v1/tasks/{task_id}",
            "getTask",
            TAG,
            "Get a task",
            TaskBody | ErrorBody,
            ErrorBody,
            description=REFUSED,
            errors=(401, 429),
        ),
    ]
