"""The paths of the API."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from accounts.principal import Scope, reject_single_generation_token, require_scope
from accounts.rate_limits import ApiLimits
from credits.ledger import LedgerAccount, balance_of
from dialects.apixo.requests import (
    ALIASES,
    TaskRequest,
    input_model,
    to_request,
)
from dialects.apixo.responses import accepted, balance, error_body, task
from dialects.apixo_inputs.base import missing
from generations.generation import Routing
from kit.errors import InvalidInput, NotFound
from kit.text import truncate
from providers.catalogue import Provider
from web.json_api import ApiServices, Call, Handler, JsonResponse, json_route, validate

BASE = "/api/v1"
LIMITS = ApiLimits(per_minute=10_000, concurrent=1_000)
"""As published. They hold under the Enterprise plan; those of the other plans are lower."""


def apixo_routes(services: ApiServices) -> list[BaseRoute]:
    """Return the routes of the API."""

    def route(path: str, handle: Handler, method: str = "GET", *, is_cacheable: bool = False) -> BaseRoute:
        path, methods = f"{BASE}{path}", (method,)
        return json_route(
            path, handle, services=services, error_body=error_body, methods=methods, is_cacheable=is_cacheable
        )

    return [
        route("/generateTask/{model}", create_task, "POST"),
        route("/statusTask/{model}", read_task, is_cacheable=True),
        route("/apikeys/current-balance", read_balance),
    ]


async def create_task(call: Call) -> Response:
    """`POST /api/v1/generateTask/{model}`."""
    parsed = await call.parse(TaskRequest)
    provider = _provider(call)
    if parsed.input is None:
        raise missing("input")
    if parsed.request_type == "callback" and not parsed.callback_url:
        raise missing("callback_url")
    given = validate(input_model(provider), parsed.input, within="input.")
    callback_url = parsed.callback_url if parsed.request_type == "callback" else None
    routing = Routing[(parsed.provider or "auto").upper()]
    request = to_request(provider, given, callback_url=callback_url, routing=routing)
    acceptance = await call.accept(request, api=LIMITS)
    return JsonResponse(accepted(acceptance.generation))


async def read_task(call: Call) -> Response:
    """`GET /api/v1/statusTask/{model}?taskId=`."""
    provider, task_id = _provider(call), call.request.query_params.get("taskId")
    if not task_id:
        raise missing("taskId")
    generation = await call.find(task_id)
    if generation.provider != provider.id:
        raise NotFound(f"The task {generation.id} is not one of {truncate(call.request.path_params['model'])}.")
    return JsonResponse(task(generation, call.sign_url))


async def read_balance(call: Call) -> Response:
    """`GET /api/v1/apikeys/current-balance`."""
    require_scope(call.principal, Scope.READ)
    reject_single_generation_token(call.principal)
    ledger_account = LedgerAccount(call.principal.account_id, call.principal.test_mode)
    current = await call.services.database.read(lambda connection: balance_of(connection, ledger_account))
    return JsonResponse(balance(current))


def _provider(call: Call) -> Provider:
    """Return the provider of the model in the path. Raises `NotFound`."""
    model = call.request.path_params["model"]
    try:
        return call.services.catalogue.get(ALIASES.get(model, model))
    except InvalidInput as unknown:
        raise NotFound(f"There is no model {truncate(model)}.", **{**unknown.extensions, "field": "model"}) from None
