"""The OpenAPI documents, one of each REST API."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from dialects.openapi.apixo import apixo_operations
from dialects.openapi.doitong import doitong_operations
from dialects.openapi.kubeez import kubeez_operations
from dialects.openapi.omnivideo import omnivideo_operations
from dialects.openapi.openai import openai_operations
from kit.version import version
from web.openapi import Operation, openapi_document


@dataclass(frozen=True, slots=True)
class ApiDescription:
    """What a document is about. Within `operations`, no two have the same id."""

    name: str
    title: str
    description: str
    operations: Callable[[], Sequence[Operation]]
    document_path: str
    page_path: str


def _sibling(name: str, title: str, description: str, operations: Callable[[], Sequence[Operation]]) -> ApiDescription:
    return ApiDescription(name, title, description, operations, f"/v1/openapi/{name}.json", f"/v1/docs/{name}")


DOCUMENTS = (
    ApiDescription(
        "doitong",
        "Doitong REST API",
        "Generates images, video, speech, avatars and music. Every request needs a key. A request is accepted with 202 "
        "and runs on; its generation is polled, or reported to a webhook. Errors have the shape of GraphQL's, with "
        "their HTTP status; `code` and `retryable` are for programs, `message` is for people.",
        doitong_operations,
        "/v1/openapi.json",
        "/v1/docs",
    ),
    _sibling(
        "apixo",
        "APIXO API",
        "Tasks in the shape of APIXO. Every request needs a key. A response has `code`, `message` and `data`; `code` "
        "is the HTTP status, `error_code` a code of this server.",
        apixo_operations,
    ),
    _sibling(
        "omnivideo",
        "OmniVideo API",
        "Tasks in the shape of OmniVideo. Every request needs a key. A response has `code`, `msg` and `data`; `code` "
        "is 200, 0 for a request that was refused, or the HTTP status of other errors.",
        omnivideo_operations,
    ),
    _sibling(
        "kubeez",
        "Kubeez API",
        "Generations in the shape of Kubeez's REST API. Every request needs a key. Errors have a `message` for people "
        "and a `code` of this server.",
        kubeez_operations,
    ),
    _sibling(
        "openai",
        "OpenAI API",
        "Images, speech and videos in the shape of OpenAI's API. Every request needs a key. Errors have the `type` and "
        "`code` of OpenAI, and `doitong_code`, a code of this server.",
        openai_operations,
    ),
)


@cache
def document_of(api: ApiDescription) -> dict[str, Any]:
    """Return the document without its `servers`."""
    return openapi_document(api.operations(), title=api.title, version=version(), description=api.description)
