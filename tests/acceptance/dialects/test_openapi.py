"""The OpenAPI documents are complete and true: Schemathesis generates requests and checks every response."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from openapi_spec_validator import validate
from schemathesis import checks
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case

from dialects.openapi.documents import DOCUMENTS, ApiDescription
from kit.errors import ErrorCode
from tests.support.server_process import ServerProcess
from web.errors import RequestErrorCode

EXAMPLES = 12
TIMEOUT = 60  # seconds
UNAVAILABLE = 503
CODES = {*ErrorCode, *RequestErrorCode} - {ErrorCode.INTERNAL}
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
REJECTION = [checks.negative_data_rejection]
OPERATIONS = [(api, f"{operation.method} {operation.path}") for api in DOCUMENTS for operation in api.operations()]
EXTERNAL = re.compile(r"""(?:src|href)=["'](?!http://127\.0\.0\.1|#)|<script|@import|url\(""")
WAITING = ("/v1/images/generations", "/v1/images/edits", "/v1/audio/speech")
MODEL = "nano-banana-2"
SLOW = ("POST /v1/generate/media", GenerationMode.NEGATIVE)
"""Schemathesis takes minutes for these invalid bodies: `tests/properties/test_wrong_values.py` sends others."""
RUNS = [(*operation, mode) for operation in OPERATIONS for mode in GenerationMode if (operation[1], mode) != SLOW]
by_name = pytest.mark.parametrize("api", DOCUMENTS, ids=lambda api: api.name)


@dataclass(frozen=True, slots=True)
class Ended:
    """The ids of generations that have ended, by what they are."""

    image: str
    video: str
    music: str

    def parameters(self, path: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return parameters of the path and of the query that exist on the server."""
        if path.startswith("/api/v1/generateTask/"):
            return {"model": MODEL}, {}
        if path.startswith("/api/v1/statusTask/"):
            return {"model": MODEL}, {"taskId": self.image}
        if path.startswith("/v1/models/"):
            return {"id": MODEL}, {}
        kinds = {"/v1/videos/": self.video, "/v1/generate/music/": self.music}
        id = next((id for prefix, id in kinds.items() if path.startswith(prefix)), self.image)
        return dict.fromkeys(re.findall(r"\{(\w+)\}", path), id), {}


@pytest.fixture(scope="module")
def documents(server: ServerProcess) -> dict[str, dict[str, Any]]:
    documents = {}
    for api in DOCUMENTS:
        response = httpx.get(f"{server.url}{api.document_path}", trust_env=False)
        assert response.headers["content-type"] == "application/json"
        documents[api.name] = response.json()
    return documents


@pytest.fixture(scope="module")
def operations(documents: dict[str, dict[str, Any]]) -> dict[tuple[str, str], Any]:
    """The operations by document and label."""
    return {
        (name, found.ok().label): found.ok()
        for name, document in documents.items()
        for found in schemathesis.openapi.from_dict(document).get_all_operations()
        if isinstance(found, Ok)
    }


@pytest.fixture(scope="module")
def client(server: ServerProcess) -> Iterator[httpx.Client]:
    headers = {"X-API-Key": server.key}
    with httpx.Client(base_url=server.url, headers=headers, trust_env=False, timeout=TIMEOUT) as client:
        yield client


@pytest.fixture(scope="module")
def ended(client: httpx.Client) -> Ended:
    def make(path: str, kind: str = "media", **body: object) -> str:
        """Make a generation and return its id at its end."""
        [generation] = client.post(path, json=body).json()["data"].values()
        events = client.get(f"/v1/generate/{kind}/{generation['id']}/stream").text
        assert "event: result" in events
        return str(generation["id"])

    return Ended(
        image=make("/v1/text_to_image", service=MODEL, prompt="a fox"),
        video=make("/v1/text_to_video", prompt="a fox test:fail"),  # rendering one takes long
        music=make("/v1/music", kind="music", prompt="calm piano test:fail"),
    )


@pytest.mark.parametrize(("api", "label", "mode"), RUNS, ids=lambda part: getattr(part, "name", part))
def test_every_response_is_documented(
    api: ApiDescription,
    label: str,
    mode: GenerationMode,
    operations: dict[tuple[str, str], Any],
    server: ServerProcess,
    ended: Ended,
) -> None:
    operation = operations[api.name, label]
    strategy: SearchStrategy[Case[Any]] = operation.as_strategy(generation_mode=mode)
    is_valid = mode is GenerationMode.POSITIVE
    in_path, in_query = ended.parameters(operation.path)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy, st.booleans())
    def send(case: Case[Any], exists: bool) -> None:
        if is_valid and exists and operation.method.upper() != "DELETE":
            case.path_parameters.update(in_path)
            case.query.update(in_query)
        if is_valid and operation.path in WAITING:
            case.query["wait"] = "0"
        response = case.call(base_url=server.url, headers={"X-API-Key": server.key}, timeout=TIMEOUT)
        assert response.status_code < 500 or response.status_code == UNAVAILABLE
        body = response.json() if response.headers["content-type"][0].startswith("application/json") else {}
        refused_as_success = api.name == "omnivideo" and body["code"] == 0
        case.validate_response(response, checks=CHECKS if is_valid or refused_as_success else CHECKS + REJECTION)
        assert codes_of(body) <= CODES, body

    send()


def codes_of(body: Mapping[str, Any]) -> set[str]:
    """Return the codes of this server in an error of any API."""
    error, code = body.get("error"), body.get("code")
    codes = [one["extensions"]["code"] for one in body.get("errors", ())]
    codes += [body.get("error_code"), code if isinstance(code, str) else None]
    codes += [error.get("doitong_code")] if isinstance(error, dict) else []
    return {code for code in codes if code is not None}


@by_name
def test_the_document_is_valid_and_names_this_server(
    api: ApiDescription, documents: dict[str, dict[str, Any]], server: ServerProcess
) -> None:
    document = documents[api.name]
    validate(document)

    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": server.url}]
    ids = [operation.id for operation in api.operations()]
    assert len(ids) == len(set(ids))


@by_name
def test_the_example_of_every_request_is_accepted(
    api: ApiDescription, documents: dict[str, dict[str, Any]], client: httpx.Client
) -> None:
    for path, methods in documents[api.name]["paths"].items():
        content = methods.get("post", {}).get("requestBody", {}).get("content", {})
        if "application/json" in content:
            target = path.replace("{model}", MODEL)
            parameters = {"wait": 0} if path in WAITING else {}
            response = client.post(target, json=content["application/json"]["example"], params=parameters)
            assert response.status_code in (200, 202, 408), response.text
            assert response.json().get("code") in (None, 200)
    for generation in client.get("/v1/generations?status=processing").json()["generations"]:
        assert client.post(f"/v1/generations/{generation['id']}/cancel").status_code == 200


@pytest.mark.parametrize("path", ["/v1/images/generations", "/v1/audio/speech"])
def test_a_result_is_as_documented(
    path: str, documents: dict[str, dict[str, Any]], operations: dict[tuple[str, str], Any], server: ServerProcess
) -> None:
    content = documents["openai"]["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    case = operations["openai", f"POST {path}"].Case(body=content["example"], media_type="application/json")

    response = case.call(base_url=server.url, headers={"X-API-Key": server.key}, timeout=TIMEOUT)

    assert response.status_code == 200
    case.validate_response(response, checks=CHECKS)


def test_kubeez_has_its_document_where_it_is_published(
    documents: dict[str, dict[str, Any]], server: ServerProcess
) -> None:
    assert httpx.get(f"{server.url}/openapi.json", trust_env=False).json() == documents["kubeez"]


@by_name
def test_the_page_shows_every_operation_and_loads_nothing_from_elsewhere(
    api: ApiDescription, documents: dict[str, dict[str, Any]], server: ServerProcess
) -> None:
    document = documents[api.name]
    response = httpx.get(f"{server.url}{api.page_path}", trust_env=False)

    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert EXTERNAL.search(response.text) is None
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert f'<section id="{operation["operationId"]}">' in response.text
            assert f"<code>{path}</code>" in response.text
    assert all(f'id="schema-{name}"' in response.text for name in document["components"]["schemas"])
    assert all(f'href="{server.url}{other.page_path}"' in response.text for other in DOCUMENTS)
    assert f'href="{server.url}{api.document_path}"' in response.text
