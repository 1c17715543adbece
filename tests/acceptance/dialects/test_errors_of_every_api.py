"""Errors have the shape and the field names of the API that a request was sent to, also where no endpoint answers."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.server_process import ServerProcess

PICTURE, IMAGE_URL = "a picture", "https://example.com/image.png"
WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("/v1/text_to_image", {"service": "flux-pro", "prompt": " "}, "prompt", "'prompt' is empty."),
    ("/v1/image_to_video", {"imageUrl": PICTURE}, "imageUrl", "`imageUrl` must be "),
    ("/v1/text_to_image", {"prompt": "a fox", "aspectRatio": "1:99"}, "aspectRatio", "'aspectRatio' cannot be '1:99'"),
    (
        "/api/v1/generateTask/nano-banana-2",
        {"input": {"prompt": "a fox", "aspect_ratio": "1:99"}},
        "input.aspect_ratio",
        "'input.aspect_ratio' cannot be '1:99'",
    ),
    (
        "/api/v1/generateTask/nano-banana-2",
        {"input": {"prompt": "a fox", "image_urls": [PICTURE]}},
        "input.image_urls.0",
        "`input.image_urls.0` must be ",
    ),
    ("/api/v1/tasks/create", {"model_id": "gpt-image-2"}, "prompt", "needs 'prompt' or 'image_urls.0'."),
    (
        "/api/v1/tasks/create",
        {"model_id": "gpt-image-2", "prompt": "a fox", "negative_prompt": " "},
        "negative_prompt",
        "'negative_prompt' is empty.",
    ),
    (
        "/v1/generate/media",
        {"model": "nano-banana-2", "prompt": "a fox", "aspect_ratio": "1:99"},
        "aspect_ratio",
        "'aspect_ratio' cannot be '1:99'",
    ),
    (
        "/v1/generate/media",
        {"model": "nano-banana-2", "prompt": "a fox", "source_media_urls": [PICTURE, PICTURE]},
        "source_media_urls.0",
        "`source_media_urls.0` must be ",
    ),
    ("/v1/images/generations", {"prompt": " "}, "prompt", "'prompt' is empty."),
    (
        "/v1/audio/speech",
        {"model": "tts-1", "input": "a", "response_format": "x"},
        "response_format",
        "'response_format'",
    ),
    ("/v1/audio/speech", {"model": "tts-1", "input": "!"}, "input", "'input' is to be spoken"),
    ("/v1/videos", {"prompt": "a fox", "input_reference": PICTURE}, "input_reference", "`input_reference` must be "),
    ("/v1/videos", {"prompt": "a fox", "input_reference": 5}, "input_reference", "`input_reference` is invalid"),
    ("/v1/videos", {"prompt": "a fox", "input_reference": {"file_id": "a"}}, "input_reference", "`input_reference` is"),
    ("/v1/audio/speech", {"model": "tts-1", "input": "a", "voice": {"id": 5}}, "voice", "`voice` is invalid"),
    ("/v1/videos", {"prompt": "a fox", "seconds": True}, "seconds", "`seconds` is invalid"),
    ("/v1/images/edits", {"prompt": "a fox", "image": [5]}, "image", "`image` is invalid"),
    (
        "/v1/images/edits",
        {"prompt": "a fox", "images": [{"image_url": 5}]},
        "images.0.image_url",
        "`images.0.image_url`",
    ),
    ("/v1/images/edits", {"prompt": "a fox"}, "image", "Give the picture to edit as `image`."),
    ("/v1/generate/media", {"model": "x" * 101, "prompt": "a fox"}, "model", "at most 100 characters"),
    (
        "/v1/generate/media",
        {"model": "nano-banana-2", "prompt": "a fox", "resolution": "9K"},
        "resolution",
        "`resolution` must be 1K, 2K, 3K or 4K.",
    ),
    ("/v1/generate/music", {"prompt": " "}, "prompt", "'prompt' is empty."),
    (
        "/v1/generate/ad-copy",
        {"reference_ad_url": "https://example.com/ad.png", "product_text": "Soap.", "aspect_ratio": "7:5"},
        "aspect_ratio",
        "'aspect_ratio' cannot be '7:5'",
    ),
    ("/api/v1/generateTask/nothing", {"input": {"prompt": "a fox"}}, "model", "There is no model 'nothing'."),
    (
        "/api/v1/generateTask/veo-3-1",
        {"input": {"prompt": "a fox", "image_urls": [IMAGE_URL, IMAGE_URL, IMAGE_URL]}},
        "input.image_urls",
        "takes one picture and 3 were given.",
    ),
    (
        "/v1/videos",
        {"model": "runway", "prompt": "a fox", "size": "1792x1024"},
        "size",
        "'size' cannot be '1792x1024': it may be 1280x720.",
    ),
    (
        "/v1/videos",
        {"model": "runway", "prompt": "a fox", "resolution": "1080p"},
        "resolution",
        "'resolution' cannot be '1080p': it may be 720p.",
    ),
]
MISSPELLED: list[tuple[str, dict[str, Any], str]] = [
    ("/v1/text_to_image", {"prompt": "a fox", "negativPrompt": "a cat"}, "negativePrompt"),
    (
        "/api/v1/generateTask/nano-banana-2",
        {"input": {"prompt": "a fox", "negativ_prompt": "a cat"}},
        "input.negative_prompt",
    ),
    ("/api/v1/tasks/create", {"model_id": "gpt-image-2", "prompt": "a fox", "negativ_prompt": "a"}, "negative_prompt"),
    ("/v1/images/generations", {"prompt": "a fox", "negativ_prompt": "a cat"}, "negative_prompt"),
    ("/v1/videos", {"prompt": "a fox", "aspect_ratoi": "16:9"}, "aspect_ratio"),
]
SHAPES = {
    "/v1/text_to_image": "errors",
    "/v1/generations/gen_1": "errors",
    "/api/v1/generateTask/suno": "message",
    "/api/v1/statusTask/suno": "message",
    "/api/v1/tasks/create": "msg",
    "/api/v1/tasks/gen_1": "msg",
    "/v1/balance": "detail",
    "/v1/models": "detail",
    "/v1/models/a/b": "error",
    "/v1/generate/music": "detail",
    "/v1/generate/media/gen_1/stream": "detail",
    "/v1/upload/media": "detail",
    "/v1/videos": "error",
    "/v1/images/generations": "error",
    "/mcp": "jsonrpc",
}
UNKNOWN = {
    "/api/v1/nothing": "message",
    "/api/v1/tasks": "msg",
    "/api/v1/tasks/a/b": "msg",
    "/v1/generate/nothing": "detail",
    "/v1/upload/nothing": "detail",
    "/v1/chat/completions": "error",
    "/v1/images/variations": "error",
    "/v1/nothing": "errors",
    "/mcp/nothing": "jsonrpc",
}


@pytest.fixture(scope="module")
def client(server: ServerProcess) -> Iterator[httpx.Client]:
    headers = {"X-API-Key": server.key, "Accept": "application/json, text/event-stream"}
    with httpx.Client(base_url=server.url, headers=headers, trust_env=False, timeout=60) as client:
        yield client


def wrong_name(given: tuple[str, dict[str, Any], str, str]) -> str:
    return f"{given[0]} {given[2]}"


@pytest.mark.parametrize("given", WRONG, ids=wrong_name)
def test_an_error_names_the_field_as_the_request_does(
    client: httpx.Client, given: tuple[str, dict[str, Any], str, str]
) -> None:
    path, body, field, message = given

    answer = client.post(path, json=body).text

    assert message in answer.replace('\\"', '"')
    assert re.search(r'"(?:field|param)":"([^"]*)"', answer)[1] == field  # type: ignore[index]
    assert "'text'" not in answer
    assert "input.input" not in answer


@pytest.mark.parametrize(("path", "body", "meant"), MISSPELLED)
def test_the_fields_that_an_error_suggests_have_the_names_of_the_api(
    client: httpx.Client, path: str, body: dict[str, Any], meant: str
) -> None:
    answer = client.post(path, json=body).text

    assert f"Did you mean '{meant}'?" in answer
    assert f'"suggestion":"{meant}"' in answer
    allowed = json.loads(re.search(r'"allowedValues":(\[[^]]*\])', answer)[1])  # type: ignore[index]
    assert meant in allowed
    assert len(allowed) == len(set(allowed))


def test_a_tool_error_names_the_argument(client: httpx.Client) -> None:
    arguments = {"model": "nano-banana-2", "prompt": "a fox", "aspect_ratio": "1:99"}
    call = {"name": "generate_media", "arguments": arguments}

    answer = client.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}).json()

    text, details = (part["text"] for part in answer["result"]["content"])
    assert text.startswith("INVALID_INPUT: 'aspect_ratio' cannot be '1:99'")
    assert json.loads(details)["message"].startswith("'aspect_ratio' cannot be")


def test_a_flat_mutation_names_its_own_field(client: httpx.Client) -> None:
    query = 'mutation { generateImage(input: { prompt: " ", service: "flux-pro" }) { id } }'

    [error] = client.post("/graphql", json={"query": query}).json()["errors"]

    assert (error["message"], error["extensions"]["field"]) == ("'input.prompt' is empty.", "input.prompt")


@pytest.mark.parametrize(("path", "member"), SHAPES.items())
def test_a_method_that_is_not_allowed_is_refused_in_the_shape_of_the_api(
    client: httpx.Client, path: str, member: str
) -> None:
    response = client.put(path, json={})

    body = response.json()
    assert response.status_code == 405
    assert member in body
    assert ("errors" in body) == (member == "errors")
    assert "METHOD_NOT_ALLOWED" in response.text
    assert body.get("code", 405) in (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(("path", "member"), UNKNOWN.items())
def test_an_unknown_path_is_refused_in_the_shape_of_the_api(client: httpx.Client, path: str, member: str) -> None:
    response = client.post(path, json={})

    body = response.json()
    assert response.status_code == 404
    assert member in body
    assert f"There is nothing at {path}" in response.text
    assert "NOT_FOUND" in response.text
    assert body.get("code", 404) in (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/videos", "GET, HEAD, POST"),
        ("/v1/videos/gen_1", "DELETE, GET, HEAD"),
        ("/v1/generations/gen_1", "DELETE, GET, HEAD"),
        ("/api/v1/tasks/create", "GET, HEAD, POST"),
        ("/mcp", "POST"),
    ],
)
def test_allow_lists_every_method_of_a_path(client: httpx.Client, path: str, allowed: str) -> None:
    for method in ("PUT", "OPTIONS"):
        response = client.request(method, path)

        assert (response.status_code, response.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [("/v1/models", {"X-API-Key": "wrong"}, 401), ("/v1/models?model_type=smell", {}, 422)],
)
def test_an_error_of_the_list_of_models_is_one_of_kubeez_and_of_openai(
    client: httpx.Client, path: str, headers: dict[str, str], status: int
) -> None:
    response = client.get(path, headers=headers)

    body = response.json()
    assert response.status_code == status
    assert body["message"] == body["detail"] == body["error"]["message"]
    assert body["error"]["code"] in ("invalid_api_key", "invalid_value")
    assert body["code"] == body["error"]["doitong_code"]
