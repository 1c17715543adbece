"""The OpenAPI document is complete and true: Schemathesis generates requests from it and checks every response."""

import re
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy
from openapi_spec_validator import validate
from schemathesis import checks
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case

from dialects.openapi.routes import operations
from kit.errors import ErrorCode
from tests.support.server_process import ServerProcess
from web.errors import RequestErrorCode

EXAMPLES = 20
UNAVAILABLE = 503
CODES = {*ErrorCode, *RequestErrorCode} - {ErrorCode.INTERNAL}
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
OPERATIONS = [f"{operation.method} {operation.path}" for operation in operations()]
EXTERNAL = re.compile(r"""(?:src|href)=["'](?!openapi\.json|#)|<script|@import|url\(""")


@pytest.fixture(scope="module")
def document(server: ServerProcess) -> dict[str, Any]:
    response = httpx.get(f"{server.url}/v1/openapi.json", trust_env=False)
    assert response.headers["content-type"] == "application/json"
    document: dict[str, Any] = response.json()
    return document


@pytest.fixture(scope="module")
def strategies(document: dict[str, Any]) -> dict[str, SearchStrategy[Case[Any]]]:
    """Strategies by operation and mode: of valid and of invalid requests."""
    schema = schemathesis.openapi.from_dict(document)
    return {
        f"{found.ok().label} {mode.value}": found.ok().as_strategy(generation_mode=mode)
        for found in schema.get_all_operations()
        for mode in GenerationMode
        if isinstance(found, Ok)
    }


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_response_is_documented(
    operation: str, mode: GenerationMode, strategies: dict[str, SearchStrategy[Case[Any]]], server: ServerProcess
) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategies[f"{operation} {mode.value}"])
    def send(case: Case[Any]) -> None:
        response = case.call(base_url=server.url, headers={"X-API-Key": server.key})
        assert response.status_code < 500 or response.status_code == UNAVAILABLE
        case.validate_response(response, checks=CHECKS)
        codes = {error["extensions"]["code"] for error in response.json().get("errors", ())}
        assert codes <= CODES, response.json()

    send()


def test_the_document_is_valid_and_names_this_server(document: dict[str, Any], server: ServerProcess) -> None:
    validate(document)

    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": server.url}]
    ids = [operation.id for operation in operations()]
    assert len(ids) == len(set(ids))


def test_the_example_of_every_request_is_accepted(document: dict[str, Any], server: ServerProcess) -> None:
    accepted = {}
    with httpx.Client(base_url=server.url, headers={"X-API-Key": server.key}, trust_env=False) as client:
        for path, methods in document["paths"].items():
            body = methods.get("post", {}).get("requestBody")
            if body is not None:
                response = client.post(path, json=body["content"]["application/json"]["example"])
                accepted[path] = response.status_code
                [generation] = response.json()["data"].values()
                client.post(f"/v1/generations/{generation['id']}/cancel")

    assert len(accepted) == 6
    assert set(accepted.values()) == {202}


def test_the_page_shows_every_operation_and_loads_nothing_from_elsewhere(
    document: dict[str, Any], server: ServerProcess
) -> None:
    response = httpx.get(f"{server.url}/v1/docs", trust_env=False)

    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert EXTERNAL.search(response.text) is None
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert f'<section id="{operation["operationId"]}">' in response.text
            assert f"<code>{path}</code>" in response.text
    assert all(f'id="schema-{name}"' in response.text for name in document["components"]["schemas"])
