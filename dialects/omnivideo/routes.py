"""The paths of the API."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from dialects.omnivideo.requests import TaskRequest
from dialects.omnivideo.responses import accepted, error_body, task
from web.json_api import ApiServices, Call, JsonResponse, json_route
from web.request import request_id_of

BASE = "/api/v1/tasks"


def omnivideo_routes(services: ApiServices) -> list[BaseRoute]:
    """Return the routes of the API."""
    return [
        json_route(f"{BASE}/create", create_task, services=services, error_body=error_body, methods=("POST",)),
        json_route(f"{BASE}/{{task_id}}", read_task, services=services, error_body=error_body, is_cacheable=True),
    ]


async def create_task(call: Call) -> Response:
    """`POST /api/v1/tasks/create`."""
    parsed = await call.parse(TaskRequest)
    acceptance = await call.accept(parsed.to_request())
    return JsonResponse(accepted(acceptance.generation, request_id=request_id_of(call.request.scope)))


async def read_task(call: Call) -> Response:
    """`GET /api/v1/tasks/{task_id}`."""
    generation = await call.find(call.request.path_params["task_id"])
    return JsonResponse(task(generation, call.sign_url))
