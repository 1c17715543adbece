"""The parameters of a GraphQL request, from a JSON body, a query string or a socket message, with types checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

import orjson

from kit.text import truncate
from server.graphql.transports.negotiation import GRAPHQL_JSON, JSON
from web.errors import RequestError, RequestErrorCode

# Nesting of objects and lists in variables; orjson cannot serialize much deeper ones.
MAX_JSON_DEPTH: Final = 64
MAX_QUERY_STRING_FIELDS: Final = 32
INVALID_NUMBER: Final = re.compile(r"[+-]?(?P<name>NaN|Infinity)")  # written by some JSON encoders
UTF_8: Final = frozenset({"utf-8", "utf8", ""})
OBJECT_PARAMETERS: Final = ("variables", "extensions")


@dataclass(frozen=True, slots=True)
class GraphQLParams:
    """The four parameters of a GraphQL-over-HTTP request."""

    query: str | None = None
    operation_name: str | None = None
    variables: dict[str, object] = field(default_factory=dict)
    extensions: dict[str, object] = field(default_factory=dict)

    @property
    def has_document(self) -> bool:
        return bool(self.query) or "persistedQuery" in self.extensions


def parse_body(body: bytes, content_type: str, *, content_encoding: str = "") -> GraphQLParams:
    """Return the parameters of a POST.

    Raises `RequestError`: 415 for another content type or encoding, 400 for anything malformed.
    """
    _check_content_type(content_type)
    _check_content_encoding(content_encoding)
    return params_from(parse_json(body))


def parse_query_string(query_string: bytes) -> GraphQLParams:
    """Return the parameters of a GET, whose `variables` and `extensions` are JSON. Raises `RequestError`."""
    if query_string.count(b"&") >= MAX_QUERY_STRING_FIELDS:
        raise RequestError(
            f"The query string has more than {MAX_QUERY_STRING_FIELDS} fields: send `query`, `operationName`, "
            "`variables` and `extensions`."
        )
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise RequestError("The query string is not valid UTF-8 in URL encoding.") from None
    given: dict[str, object] = dict(pairs)
    for name in OBJECT_PARAMETERS:
        text = given.pop(name, None)
        if isinstance(text, str) and text:
            given[name] = parse_json(text.encode())
    return params_from(given)


def parse_json(text: bytes | str) -> object:
    """Return the JSON value. Raises `RequestError` for invalid JSON and for nesting beyond `MAX_JSON_DEPTH`."""
    try:
        value: object = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RequestError(f"The request is not valid JSON in UTF-8: {_reason(error)}.") from None
    if _may_be_deep(text) and _is_deeper_than(value, MAX_JSON_DEPTH):
        raise RequestError(f"The request nests objects or lists more than {MAX_JSON_DEPTH} deep.")
    return value


def _reason(error: orjson.JSONDecodeError) -> str:
    place = f"line {error.lineno} column {error.colno}"
    if "infinity" in error.msg:
        return f"a number is too large at {place}"
    if name := INVALID_NUMBER.match(error.doc, error.pos):
        return f"{name['name']} is not a JSON number, at {place}"
    return f"{error.msg} at {place}"


def params_from(value: object) -> GraphQLParams:
    """Return the parameters in a JSON object. Raises `RequestError` for a batch or a parameter of the wrong type."""
    if isinstance(value, list):
        raise RequestError(
            "Batching is not supported: send one operation per request.", code=RequestErrorCode.BATCHING_NOT_SUPPORTED
        )
    if not isinstance(value, dict):
        raise RequestError("The request must be a JSON object with a `query`.")
    return GraphQLParams(
        query=_string(value, "query"),
        # some clients send an empty name for none
        operation_name=_string(value, "operationName") or None,
        variables=_object(value, "variables"),
        extensions=_object(value, "extensions"),
    )


def _string(value: Mapping[str, object], name: str) -> str | None:
    found = value.get(name)
    if found is not None and not isinstance(found, str):
        raise RequestError(f"`{name}` must be a string.")
    return found


def _object(value: Mapping[str, object], name: str) -> dict[str, object]:
    found = value.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise RequestError(f"`{name}` must be an object.")
    return found


def _check_content_type(content_type: str) -> None:
    kind, *parameters = content_type.lower().split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    charsets = {value.strip(' "') for name, _, value in pairs if name.strip() == "charset"}
    if kind.strip() not in (JSON, GRAPHQL_JSON) or not charsets <= UTF_8:
        raise RequestError(
            "Send the request as Content-Type: application/json in UTF-8.",
            code=RequestErrorCode.UNSUPPORTED_MEDIA_TYPE,
            status=415,
        )


def _check_content_encoding(content_encoding: str) -> None:
    encoding = content_encoding.strip().lower()
    if encoding not in ("", "identity"):
        raise RequestError(
            f"Send the request uncompressed: the Content-Encoding {truncate(encoding)} is not supported.",
            code=RequestErrorCode.UNSUPPORTED_MEDIA_TYPE,
            status=415,
            headers={"accept-encoding": "identity"},
        )


def _may_be_deep(text: bytes | str) -> bool:
    raw = text.encode() if isinstance(text, str) else text
    return raw.count(b"{") + raw.count(b"[") > MAX_JSON_DEPTH


def _is_deeper_than(value: object, depth: int) -> bool:
    level = [value]
    for _ in range(depth + 1):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: object) -> list[object]:
    if isinstance(node, dict):
        return [child for child in node.values() if isinstance(child, dict | list)]
    if isinstance(node, list):
        return [child for child in node if isinstance(child, dict | list)]
    return []
