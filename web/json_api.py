"""JSON endpoints: authentication, rate limits, bodies and errors, each API with its own shapes."""

import re
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Literal, Protocol, TypeVar

import orjson
from pydantic import BaseModel, BeforeValidator, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from accounts.principal import Principal
from accounts.rate_limits import ApiLimits
from generations.generation import Generation
from generations.inputs.own_files import with_own_files
from generations.output_urls import SignUrl
from generations.queries import get_visible
from generations.requests.accept import Acceptance, accept_generation
from generations.requests.client_retries import ClientAttempt
from generations.requests.generation_request import GenerationRequest
from generations.services import Services
from kit.errors import DoitongError, InvalidInput, NotFound
from kit.text import truncate
from media.uploads import Uploads
from web.acceptance import accept_with_headers
from web.cacheable_response import mark_cacheable
from web.error_response import error_headers, log_refusal
from web.errors import RequestError
from web.request import base_url_of, headers_of
from web.request_body import ClientDisconnected, read_body
from web.result_cache import ResultCache, count_cached, viewer_key
from web.result_dependencies import ResultDependencies

MAX_BODY_BYTES = 1_000_000
BODY_TIMEOUT = timedelta(seconds=30)
MAX_DEPTH = 64  # levels of objects and lists
URL_OF_SCOPE = ("type", "method", "path", "query_string", "path_params")
AFTER_VALIDATION = " after validation"  # said by pydantic of lists
ITEMS = re.compile(rf" items?({AFTER_VALIDATION})?\b")

M = TypeVar("M", bound=BaseModel)


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""Accepts 5.0 in a strict model, as JSON Schema does.

Bounds come before it, as in `Annotated[int, Field(ge=1), WHOLE]`: pydantic leaves later ones out of the JSON Schema.
"""
WholeNumber = Annotated[int, WHOLE]


def _boolean(value: object) -> object:
    if not isinstance(value, bool):
        raise PydanticCustomError("bool_type", "Input should be a boolean")
    return value


FalseOnly = Annotated[Literal[False], BeforeValidator(_boolean)]
"""False. A literal alone accepts what is equal, such as 0."""


class ApiServices(Protocol):
    """The services of the server that the endpoints use."""

    @property
    def services(self) -> Services: ...

    @property
    def uploads(self) -> Uploads: ...

    @property
    def results(self) -> ResultCache:
        """The results of reads that may be repeated."""

    async def authenticate(self, headers: Mapping[str, str]) -> Principal:
        """Return the principal of the request's key. Raises `Unauthenticated`."""

    def count_read(self, principal: Principal, response_headers: dict[str, str]) -> None:
        """Count a read and set the rate-limit headers. Raises `RateLimited`."""

    def set_read_limit_headers(self, principal: Principal, response_headers: dict[str, str]) -> None:
        """Set the rate-limit headers of reads without counting one."""

    def url_signer(self, request_base_url: str) -> SignUrl:
        """Return the function that signs the URLs of files."""

    def public_url(self, request_base_url: str) -> str:
        """Return the configured base URL, or that of the request."""


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request, and the headers of its response."""

    principal: Principal
    services: Services
    sign_url: SignUrl
    request: Request
    headers: Mapping[str, str]
    """The request headers, by lower-case name."""
    response_headers: dict[str, str]
    base_url: str
    """The public base URL of this server."""
    dependencies: ResultDependencies = field(default_factory=ResultDependencies)
    """The generations and providers that the response is made from, for its invalidation in the cache."""

    async def body(self) -> bytes:
        """Return the request body. Raises `RequestError`."""
        return await read_body(self.request.receive, self.headers, limit=MAX_BODY_BYTES, timeout=BODY_TIMEOUT)

    async def parse(self, model: type[M]) -> M:
        """Return the JSON body as `model`. Raises `RequestError` and `InvalidInput`."""
        return parse_model(model, await self.body())

    def parse_query(self, model: type[M]) -> M:
        """Return the query parameters as `model`, the last value of a repeated one. Raises `InvalidInput`."""
        return validate(model, dict(self.request.query_params))

    async def accept(
        self, request: GenerationRequest, *, attempt: ClientAttempt | None = None, api: ApiLimits | None = None
    ) -> Acceptance:
        """Accept a generation and set the headers that report it. Raises `DoitongError`.

        The Idempotency-Key header is the key of the request; `attempt` is for clients that retry without
        a key. `api` has the limits that the API publishes beside those of the plan. URLs of the caller's files
        on this server become ids.
        """
        key = resolve_idempotency_key(self.headers.get("idempotency-key"), request.idempotency_key)
        keyed = replace(await self.with_own_files(request), idempotency_key=key)
        accepting = accept_generation(self.services, self.principal, keyed, attempt=attempt, api=api)
        return await accept_with_headers(
            self.services, self.principal, accepting, accepted_ids=[], response_headers=self.response_headers, api=api
        )

    async def with_own_files(self, request: GenerationRequest) -> GenerationRequest:
        """Return the request with ids in place of the URLs of the caller's files on this server."""
        content = await with_own_files(self.services, self.principal, request.input, base_url=self.base_url)
        return request if content is request.input else replace(request, input=content)

    async def find(self, generation_id: str) -> Generation:
        """Return a generation of the caller. Raises `NotFound`."""
        generation = await get_visible(self.services, self.principal, generation_id)
        if generation is None:
            raise NotFound(f"There is no generation {truncate(generation_id)} of yours.")
        self.dependencies.add_generation(generation.id, expires_at=generation.expires_at)
        return generation


Handler = Callable[[Call], Awaitable[Response]]
ErrorBody = Callable[[DoitongError | RequestError], tuple[int, object]]
"""Return the HTTP status and the body that report an error."""


class JsonResponse(Response):
    """A response with a JSON body."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        return orjson.dumps(content)


def json_route(
    path: str,
    handle: Handler,
    *,
    services: ApiServices,
    error_body: ErrorBody,
    methods: tuple[str, ...] = ("GET",),
    is_cacheable: bool = False,
) -> Route:
    """Return a route for requests with a key. A GET counts as a read; errors have the shape of `error_body`.

    A route that `is_cacheable` makes its response from its URL and the generations of `Call.find` alone: the response
    is cached until one of them changes.
    """

    async def endpoint(request: Request) -> Response:
        headers, response_headers = headers_of(request.scope), dict[str, str]()
        try:
            principal = await services.authenticate(headers)
            if request.method in ("GET", "HEAD"):
                services.count_read(principal, response_headers)
            else:
                services.set_read_limit_headers(principal, response_headers)
            base_url = base_url_of(request.scope, headers)
            sign_url, public_url = services.url_signer(base_url), services.public_url(base_url)
            call = Call(principal, services.services, sign_url, request, headers, response_headers, public_url)
            if is_cacheable and request.method == "GET":
                viewer = viewer_key(principal, public_url)
                response = await _respond_from_cache(services.results, viewer, call, handle)
            else:
                response = await handle(call)
        except (DoitongError, RequestError) as error:
            return json_error_response(error, error_body, response_headers)
        except ClientDisconnected:
            return Response(status_code=400)
        for name, value in response_headers.items():
            response.headers.setdefault(name, value)
        return response

    return Route(path, endpoint, methods=list(methods))


async def _respond_from_cache(results: ResultCache, viewer: Hashable, call: Call, handle: Handler) -> Response:
    """Return the cached response, or the new one, which is then cached."""
    scope = call.request.scope
    key = (viewer, scope["path"], scope["query_string"])
    cached = results.get(key)
    if cached is not None:
        count_cached(cached)
        mark_cacheable(scope, call.principal, key)
        return Response(cached, media_type=JsonResponse.media_type)
    url_alone = Request({name: scope[name] for name in URL_OF_SCOPE} | {"headers": []})
    repeatable = replace(call, request=url_alone, headers={})

    async def respond() -> Response:
        with results.track() as tracked:
            response = await handle(replace(repeatable, dependencies=tracked.dependencies))
            if response.status_code == HTTPStatus.OK:
                size = len(url_alone.scope["path"]) + len(url_alone.scope["query_string"])
                results.put(key, bytes(response.body), tracked, key_bytes=size)
        return response

    async def renew_result() -> None:
        with suppress(DoitongError, RequestError):  # as for a generation that was deleted
            await respond()

    response = await respond()
    if response.status_code == HTTPStatus.OK:
        mark_cacheable(scope, call.principal, key, renew_result)
    return response


def parse_model(model: type[M], body: bytes) -> M:
    """Return a JSON body as `model`. Raises `RequestError` unless it is a JSON object, and `InvalidInput`."""
    return validate(model, parse_object(body))


def parse_object(body: bytes) -> dict[str, object]:
    """Return a JSON body. Raises `RequestError` unless it is an object of bounded depth."""
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestError(f"The request body is not valid JSON: {error}.") from None
    if not isinstance(values, dict):
        raise RequestError("The request body must be a JSON object.")
    _check_depth(values)
    return values


def _check_depth(values: object) -> None:
    level = [values]
    for _ in range(MAX_DEPTH):
        level = [inner for value in level for inner in _inner(value)]
        if not level:
            return
    raise RequestError(f"The request body is nested more than {MAX_DEPTH} levels deep.")


def _inner(value: object) -> Iterable[object]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def validate(model: type[M], values: Mapping[str, object], *, within: str = "") -> M:
    """Return the values as `model`. Raises `InvalidInput`, whose field begins with `within`."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _invalid_field(error, values, within=within) from None


def resolve_idempotency_key(header: str | None, field: str | None) -> str | None:
    """Return the key from the header or from the field of the body. Raises `InvalidInput` if they differ."""
    if header is not None and field not in (None, header):
        raise InvalidInput(
            "`idempotencyKey` and the Idempotency-Key header differ: send only one of them, or the same value in both.",
            field="input.idempotencyKey",
        )
    return field if header is None else header


def problem_text(problem: ErrorDetails) -> str:
    """Return what pydantic found about a value, with the units of texts."""
    message = problem["msg"]
    is_of_text = problem["type"] in ("too_long", "too_short") and isinstance(problem["input"], str)
    if is_of_text:
        return ITEMS.sub(" characters", message)
    return message.removeprefix("Value error, ").replace(AFTER_VALIDATION, "")


def _invalid_field(error: ValidationError, values: object, *, within: str) -> InvalidInput:
    """Return the first problem that pydantic found, with the path of its field."""
    first = error.errors(include_url=False)[0]
    field = within + ".".join(_path_in(values, first["loc"], is_missing=first["type"] == "missing"))
    return InvalidInput(f"`{truncate(field, quoted=False)}` is invalid: {problem_text(first)}.", field=field)


def _path_in(values: object, location: Sequence[str | int], *, is_missing: bool) -> Iterator[str]:
    """Return the parts of a location that are in the values, or missing there: others are the types of a union."""
    for number, part in enumerate(location, 1):
        if isinstance(values, dict) and (part in values or (is_missing and number == len(location))):
            values = values.get(part)
        elif isinstance(values, list) and isinstance(part, int):
            values = values[part]
        else:
            continue
        yield str(part)


def json_error_response(
    error: DoitongError | RequestError, error_body: ErrorBody, response_headers: Mapping[str, str]
) -> Response:
    """Return and log the response that reports an error."""
    own_headers = error.headers if isinstance(error, RequestError) else error_headers(error)
    log_refusal(error.code, status=error.status, field=getattr(error, "field", None))
    status, body = error_body(error)
    return JsonResponse(body, status, {**response_headers, **own_headers})
