"""The paths of the REST API in OpenAPI."""

from dialects.doitong.requests import CREATIONS, Creation
from dialects.doitong.responses import DeletionBody, ErrorBody, GenerationBody
from dialects.generation_list.query import ListBody, ListErrorBody, ListQuery
from web.openapi import CREATE_ERRORS, IDEMPOTENCY_KEY, WRITE_ERRORS, Operation

TAG = "Doitong REST"
LIST, ONE = "/v1/generations", "/v1/generations/{id}"


def doitong_operations() -> list[Operation]:
    """Return the operations of the REST API."""
    return [
        *(_creation(creation) for creation in CREATIONS),
        Operation("GET", LIST, "listGenerations", TAG, "List generations", ListBody, ListErrorBody, query=ListQuery),
        Operation(
            "GET", ONE, "getGeneration", TAG, "Get a generation", GenerationBody, ErrorBody, ("data", "generation")
        ),
        Operation(
            "DELETE",
            ONE,
            "deleteGeneration",
            TAG,
            "Delete a generation with its files",
            DeletionBody,
            ErrorBody,
            ("data", "deletegeneration"),
            "It must have ended: cancel it first. Its transfers of credits stay in the ledger.",
            errors=WRITE_ERRORS,
        ),
        Operation(
            "POST",
            f"{ONE}/cancel",
            "cancelGeneration",
            TAG,
            "Cancel a generation",
            GenerationBody,
            ErrorBody,
            ("data", "cancelgeneration"),
            "The credits are released at once. The response has the generation in its state after that: `cancelled`, "
            "also if it already was, or the state in which it had ended before.",
            errors=WRITE_ERRORS,
        ),
    ]


def _creation(creation: Creation) -> Operation:
    return Operation(
        "POST",
        creation.path,
        creation.operation,
        TAG,
        creation.summary,
        GenerationBody,
        ErrorBody,
        ("data", creation.operation.lower()),
        "The generation is accepted, and its credits are held. Poll `GET /v1/generations/{id}` until its `status` is "
        "no longer `processing`, or give a `webhookUrl`.",
        body=creation.body,
        status=202,
        errors=CREATE_ERRORS,
        parameters=[IDEMPOTENCY_KEY],
    )
