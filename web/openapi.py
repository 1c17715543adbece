"""OpenAPI 3.1 of the JSON endpoints, made from the pydantic models that parse requests and describe responses."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

REF = "#/components/schemas/{model}"
PARAMETER = re.compile(r"\{(\w+)\}")
SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"apiKey": []}]
SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer sk_…`"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A unique key of 1 to 255 printable characters. A repeated request with the same key returns the "
    "first generation for 24 hours and charges nothing; another request with it is refused with 409.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
RATE_LIMIT_HEADERS = {
    "X-RateLimit-Limit": ("integer", "The requests of a minute; absent where the plan has no limit."),
    "X-RateLimit-Remaining": ("integer", "The requests that are left of it."),
    "X-RateLimit-Reset": ("integer", "When the minute ends, in Unix seconds."),
}
REPLAYED_HEADERS = {"Idempotent-Replayed": ("string", "`true` where the generation is that of an earlier request.")}
HEADERS_BY_STATUS = {202: REPLAYED_HEADERS, 429: {"Retry-After": ("integer", "The seconds to wait.")}}
ERRORS = {
    400: "The request is invalid; the error names the field and the allowed values.",
    401: "The key is missing, unknown, revoked or expired.",
    402: "There are not enough credits, or the price is over the maximum.",
    403: "The key lacks the scope.",
    404: "It does not exist, or belongs to another account.",
    408: "The body, or the result that the request waits for, did not arrive in time.",
    409: "The idempotency key was used for another request, or the generation was cancelled while the request waited.",
    413: "The body is too large.",
    415: "The file is in no supported format.",
    422: "The content was refused by moderation, or the fields do not fit the schema.",
    429: "A limit of the plan was reached.",
    500: "An unexpected error, with the id of the request.",
    502: "The generation failed while the request waited for its result.",
    503: "The provider is not configured or down, or the server cannot take work.",
    504: "The generation did not end before its deadline.",
}
READ_ERRORS = (400, 401, 403, 404, 429, 500, 503)
WRITE_ERRORS = (400, 401, 403, 404, 500, 503)
CREATE_ERRORS = (400, 401, 402, 403, 408, 409, 413, 422, 429, 500, 503)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of an API. `id` is unique among all."""

    method: str
    path: str
    id: str
    tag: str
    summary: str
    response: Any
    """The type of the response body, as that of `error`: anything that pydantic makes a schema of."""
    error: Any
    """The body of each of the statuses in `errors`."""
    envelope: Sequence[str] = ()
    """The fields that enclose the response, outermost first, such as `data`."""
    description: str = ""
    body: type[BaseModel] | None = None
    example: Mapping[str, Any] | None = None
    """An example of the body."""
    query: type[BaseModel] | None = None
    status: int = 200
    errors: Sequence[int] = READ_ERRORS
    parameters: Sequence[Mapping[str, Any]] = field(default=())
    """Beside those of the path and the query."""
    response_media: Sequence[str] = ()
    """The media types of a response that is a file or a stream, in place of `response`."""
    body_media: Sequence[str] = ()
    """The media types of a body that is a file."""


def openapi_document(operations: Sequence[Operation], *, title: str, version: str, description: str) -> dict[str, Any]:
    """Return the document of the operations, without its `servers`."""
    models = _Models(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, models)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": description},
        "tags": [{"name": name} for name in dict.fromkeys(operation.tag for operation in operations)],
        "security": SECURITY,
        "paths": paths,
        "components": {"schemas": models.schemas, "securitySchemes": SECURITY_SCHEMES},
    }


class _Models:
    """The schemas of the models of all operations, and references to them."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        used: dict[tuple[Any, JsonSchemaMode], TypeAdapter[Any]] = {}
        for operation in operations:
            if operation.body is not None:
                used[operation.body, "validation"] = TypeAdapter(operation.body)
            for response in (operation.response, operation.error):
                if response is not None:
                    used[response, "serialization"] = TypeAdapter(response)
        inputs = [(model, mode, adapter) for (model, mode), adapter in used.items()]
        self._references, definitions = TypeAdapter.json_schemas(inputs, ref_template=REF)
        self.schemas: dict[str, Any] = definitions.get("$defs", {})

    def content(self, model: Any, mode: JsonSchemaMode, *, envelope: Sequence[str] = ()) -> dict[str, Any]:
        """Return the JSON content of a model within the fields that enclose it."""
        schema = self._references[model, mode]
        for name in reversed(envelope):
            schema = {"type": "object", "properties": {name: schema}, "required": [name]}
        return {"application/json": {"schema": schema}}


def _operation(operation: Operation, models: _Models) -> dict[str, Any]:
    if operation.response_media:
        success: dict[str, Any] = {media: {"schema": {}} for media in operation.response_media}
    else:
        success = models.content(operation.response, "serialization", envelope=operation.envelope)
    failure = models.content(operation.error, "serialization")
    described: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [*_path_parameters(operation.path), *_query_parameters(operation.query), *operation.parameters],
        "responses": {
            str(operation.status): _response(HTTPStatus(operation.status).phrase, success, operation.status),
            **{str(status): _response(ERRORS[status], failure, status) for status in operation.errors},
        },
    }
    if operation.body is not None:
        content = models.content(operation.body, "validation")
        content["application/json"]["example"] = operation.example or {}
        described["requestBody"] = {"required": True, "content": content}
    elif operation.body_media:
        file = {media: {"schema": {"type": "string", "format": "binary"}} for media in operation.body_media}
        described["requestBody"] = {"required": True, "content": file}
    return described


def _response(description: str, content: dict[str, Any], status: int) -> dict[str, Any]:
    headers = RATE_LIMIT_HEADERS | HEADERS_BY_STATUS.get(status, {})
    return {
        "description": description,
        "headers": {name: {"description": text, "schema": {"type": type}} for name, (type, text) in headers.items()},
        "content": content,
    }


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in PARAMETER.findall(path)
    ]


def _query_parameters(query: type[BaseModel] | None) -> list[dict[str, Any]]:
    """Return the fields of a model of plain values as query parameters."""
    if query is None:
        return []
    schema = query.model_json_schema()
    required = schema.get("required", ())
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": described.get("description", ""),
            "schema": _without_null(described),
        }
        for name, described in schema["properties"].items()
    ]


def _without_null(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an optional parameter: it may be absent, but there is no null in a query."""
    kept = {name: value for name, value in described.items() if name not in ("title", "description", "default")}
    choices = [choice for choice in kept.pop("anyOf", ()) if choice.get("type") != "null"]
    return {**kept, **(choices[0] if choices else {})}
