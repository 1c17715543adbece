"""OpenAI's images and speech over real sockets, field by field; the clock stands still unless a test moves it."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from accounts.plans import PlanName
from kit.errors import ContentViolation
from providers.backend import BackendState, Snapshot
from tests.emulators.media import media_file
from tests.support.ledger_invariants import check_ledger
from tests.support.manual_clock import START
from tests.support.openai_client import Files, OpenAIClient, open_openai_client
from tests.support.sample_files import picture_bytes
from tests.support.server_harness import ServerHarness, open_server_harness

pytestmark = pytest.mark.anyio

IMAGES, EDITS, SPEECH = "/images/generations", "/images/edits", "/audio/speech"
AT_ONCE = "?wait=0"
IMAGE = {"model": "gpt-image-2", "prompt": "a fox"}
SAID = {"model": "elevenlabs", "input": "Good day.", "voice": "rachel"}
NOBODY = "http://127.0.0.1:9/a.png"
"""An address without a server, which a development server may use."""
BOUNDARY = {"Content-Type": "multipart/form-data; boundary=b"}
PART = b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na fox\r\n'


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerHarness]:
    backends = ("fal", "openai", "ark", "elevenlabs")
    async with open_server_harness(tmp_path_factory.mktemp("openai") / "data", backends=backends) as server:
        yield server
        await server.application.runtime.services.database.read(check_ledger)


@pytest.fixture
async def client(server: ServerHarness) -> AsyncIterator[OpenAIClient]:
    async with open_openai_client(server) as client:
        yield client


def files(*colours: bytes, field: str = "image") -> Files:
    """Return pictures, each with its own content."""
    return [(field, ("a.png", picture_bytes() + colour, "image/png")) for colour in colours]


async def test_an_image_is_the_response(client: OpenAIClient) -> None:
    response = await client.finished(IMAGES, IMAGE, client.server.upstream.succeeded_with("image-1.png"))

    body = response.json()
    [id] = await client.stored()
    assert response.status_code == 200
    assert response.headers["x-generation-id"] == id
    assert body == {
        "created": int(START.timestamp()),
        "data": [{"b64_json": body["data"][0]["b64_json"]}],
        "size": "64x48",
        "output_format": "png",
        "generation_id": id,
        "model": "gpt-image-2",
        "adjustments": [],
    }
    assert base64.b64decode(body["data"][0]["b64_json"]) == media_file("image-1.png")[1]
    cost = (await client.asked(id))["creditCost"]
    assert await client.credits() == {"available": 1000 - cost, "held": 0}


async def test_an_image_may_be_a_url(client: OpenAIClient) -> None:
    body = {**IMAGE, "response_format": "url"}
    response = await client.finished(IMAGES, body, client.server.upstream.succeeded_with("image-1.png"))

    [image] = response.json()["data"]
    assert list(image) == ["url"]
    picture = await client.http.get(image["url"])
    assert (picture.headers["content-type"], picture.content) == media_file("image-1.png")


@pytest.mark.parametrize(
    ("fields", "provider", "options"),
    [
        ({}, "gpt-image-2", {}),
        ({"model": "gpt-image"}, "gpt-image-2", {}),
        ({"model": "GPT-Image-1"}, "gpt-image-2", {}),
        ({"model": "gpt-image-1.5-2025-12-16"}, "gpt-image-2", {}),
        ({"model": "dall-e-3"}, "gpt-image-2", {}),
        ({"model": "flux-dev"}, "flux-dev", {}),
        ({"size": "1536x1024"}, "gpt-image-2", {"width": 1536, "height": 1024}),
        ({"size": "auto", "quality": "auto"}, "gpt-image-2", {"width": 1024, "quality": "standard"}),
        ({"quality": "low"}, "gpt-image-2", {"quality": "standard"}),
        ({"quality": "hd"}, "gpt-image-2", {"quality": "high"}),
        ({"quality": "max"}, "gpt-image-2", {"quality": "ultra"}),
        ({"n": 3}, "gpt-image-2", {"n": 3}),
        ({"n": 2.0}, "gpt-image-2", {"n": 2}),
        ({"style": "vivid"}, "gpt-image-2", {"style": "vivid"}),
        ({"output_format": "webp"}, "gpt-image-2", {"format": "webp"}),
        (
            {"background": "opaque", "moderation": "auto", "output_compression": 80},
            "gpt-image-2",
            {"extra": {"background": "opaque", "output_compression": 80}},
        ),
        ({"seed": 7, "negative_prompt": "rain"}, "gpt-image-2", {"seed": 7, "negativePrompt": "rain"}),
        ({"user": "u", "safety_identifier": "s", "stream": False, "partial_images": 0}, "gpt-image-2", {}),
        (
            dict.fromkeys(("n", "size", "quality", "style", "user", "response_format", "stream", "seed")),
            "gpt-image-2",
            {},
        ),
    ],
)
async def test_the_fields_of_an_image(
    client: OpenAIClient, fields: dict[str, Any], provider: str, options: dict[str, Any]
) -> None:
    response = await client.post(f"{IMAGES}{AT_ONCE}", {**IMAGE, **fields})

    asked = await client.asked(response.headers["x-generation-id"])
    assert (asked["type"], asked["provider"]) == ("IMAGE", provider)
    assert asked["input"] == {"text": "a fox"}
    assert options.items() <= asked["options"].items()


@pytest.mark.parametrize("model", [None, "auto"])
async def test_without_a_model_one_is_chosen(client: OpenAIClient, model: str | None) -> None:
    response = await client.post(f"{IMAGES}{AT_ONCE}", {"prompt": "a fox", "model": model, "size": "512x512"})

    asked = await client.asked(response.headers["x-generation-id"])
    assert asked["type"] == "IMAGE"
    assert (asked["options"]["width"], asked["options"]["height"]) == (512, 512)


async def test_an_image_that_takes_longer_goes_on_and_the_error_has_its_id(client: OpenAIClient) -> None:
    response = await client.post(f"{IMAGES}{AT_ONCE}", IMAGE)

    [id] = await client.stored()
    error = response.json()["error"]
    assert (response.status_code, response.headers["x-should-retry"]) == (408, "true")
    assert error == {
        "message": error["message"],
        "type": "timeout_error",
        "param": None,
        "code": "generation_in_progress",
        "generation_id": id,
    }
    assert id in error["message"]
    await client.end(client.server.upstream.succeeded_with("image-1.png"))
    assert (await client.http.get(f"/v1/generations/{id}")).json()["data"]["generation"]["status"] == "completed"


async def test_a_failure_is_an_error_that_the_sdk_does_not_repeat(client: OpenAIClient) -> None:
    response = await client.finished(IMAGES, IMAGE, Snapshot(BackendState.FAILED, error=ContentViolation("No.")))

    assert (response.status_code, response.headers["x-should-retry"]) == (400, "false")
    assert response.json()["error"] == {
        "message": "No.",
        "type": "invalid_request_error",
        "param": None,
        "code": "moderation_blocked",
        "doitong_code": "CONTENT_VIOLATION",
        "retryable": False,
        "generation_id": response.headers["x-generation-id"],
    }
    assert await client.credits() == {"available": 1000, "held": 0}


async def test_an_image_that_is_cancelled_while_its_request_waits(client: OpenAIClient) -> None:
    request = asyncio.create_task(client.post(IMAGES, IMAGE))
    while not await client.stored():
        await asyncio.sleep(0)
    [id] = await client.stored()
    await client.graphql.execute("mutation ($id: ID!) { cancelGeneration(id: $id) }", {"id": id})
    response = await request

    assert (response.status_code, response.json()["error"]["code"]) == (409, "cancelled")
    assert response.headers["x-should-retry"] == "false"


async def test_an_edit_has_its_files_as_inputs(client: OpenAIClient) -> None:
    fields = {**IMAGE, "n": "2", "size": "1024x1024", "input_fidelity": "high", "seed": "7"}
    one = await client.form(f"{EDITS}{AT_ONCE}", fields, files(b"1"))
    two = await client.form(f"{EDITS}{AT_ONCE}", fields, files(b"1", b"2", field="image[]"))

    asked = [await client.asked(response.headers["x-generation-id"]) for response in (one, two)]
    assert [list(each["input"]) for each in asked] == [["text", "image"], ["text", "images"]]
    assert asked[0]["input"]["image"].startswith("upl_")
    assert [upload[:4] for upload in asked[1]["input"]["images"]] == ["upl_", "upl_"]
    assert asked[0]["options"].items() >= {"n": 2, "width": 1024, "height": 1024, "seed": 7}.items()


@pytest.mark.parametrize(
    "headers",
    [
        b'name="image"\r\nContent-Type: image/png',
        b'name="image"\r\ncontent-type: Application/Octet-Stream',
        b'name="image"; filename=""',
    ],
    ids=["image", "bytes", "empty name"],
)
async def test_a_file_of_a_form_needs_no_filename(client: OpenAIClient, headers: bytes) -> None:
    file = b"--b\r\nContent-Disposition: form-data; " + headers + b"\r\n\r\n" + picture_bytes() + b"\r\n"
    response = await client.http.post(f"/v1{EDITS}{AT_ONCE}", content=file + PART + b"--b--\r\n", headers=BOUNDARY)

    asked = await client.asked(response.headers["x-generation-id"])
    assert asked["input"]["image"].startswith("upl_")


@pytest.mark.parametrize(
    "images", [{"image": NOBODY}, {"image": [NOBODY]}, {"images": [{"image_url": NOBODY}]}], ids=["text", "list", "ref"]
)
async def test_an_edit_in_json_has_urls(client: OpenAIClient, images: dict[str, object]) -> None:
    response = await client.post(f"{EDITS}{AT_ONCE}", {**IMAGE, **images})

    assert (await client.asked(response.headers["x-generation-id"]))["input"]["image"] == NOBODY


async def test_an_edit_of_an_image_that_cannot_be_downloaded_fails(client: OpenAIClient) -> None:
    response = await client.post(EDITS, {**IMAGE, "image": NOBODY})

    assert response.status_code == 400
    assert response.json()["error"]["doitong_code"] == "INVALID_MEDIA_URL"
    assert await client.credits() == {"available": 1000, "held": 0}


@pytest.mark.parametrize(
    ("format", "file", "media_type"), [(None, "a.mp3", "audio/mpeg"), ("wav", "a.wav", "audio/wav")], ids=["mp3", "wav"]
)
async def test_speech_is_the_file(client: OpenAIClient, format: str | None, file: str, media_type: str) -> None:
    body = {**SAID, "response_format": format}
    response = await client.finished(SPEECH, body, client.server.upstream.succeeded_with(file))

    assert response.status_code == 200
    assert response.headers["content-type"] == media_type
    assert response.content == media_file(file)[1]
    assert response.headers["x-generation-id"] == (await client.stored())[0]


@pytest.mark.parametrize(
    ("fields", "provider", "content", "options"),
    [
        ({}, "elevenlabs", {"voice": "rachel"}, {}),
        ({"voice": {"id": "v1"}}, "elevenlabs", {"voice": "v1"}, {}),
        ({"voice": "alloy"}, "elevenlabs", {}, {"voice": "rachel"}),
        ({"voice": None, "speed": 1.1}, "elevenlabs", {}, {"speed": 1.1}),
        ({"speed": 1, "response_format": "wav"}, "elevenlabs", {"voice": "rachel"}, {"speed": 1, "format": "wav"}),
        ({"instructions": "cheerful"}, "elevenlabs", {"voice": "rachel"}, {"emotion": "cheerful"}),
        ({"language": "es", "stream_format": "audio"}, "elevenlabs", {"voice": "rachel"}, {"language": "es"}),
        ({"model": "tts-1", "voice": "nova"}, None, {}, {}),
        ({"model": "gpt-4o-mini-tts", "voice": "marin"}, None, {}, {}),
    ],
)
async def test_the_fields_of_speech(
    client: OpenAIClient,
    fields: dict[str, Any],
    provider: str | None,
    content: dict[str, Any],
    options: dict[str, Any],
) -> None:
    response = await client.post(f"{SPEECH}{AT_ONCE}", {**SAID, **fields})

    asked = await client.asked(response.headers["x-generation-id"])
    assert asked["type"] == "AUDIO"
    assert provider in (None, asked["provider"])
    given = {**asked["input"], **asked["options"]}
    assert {"text": "Good day.", **content, **options}.items() <= given.items()


INVALID: list[tuple[str, dict[str, Any], int, str, str | None]] = [
    (IMAGES, {"prompt": None}, 400, "invalid_value", "prompt"),
    (IMAGES, {"prompt": 5}, 400, "invalid_value", "prompt"),
    (IMAGES, {"prompt": ["a"]}, 400, "invalid_value", "prompt"),
    (IMAGES, {"prompt": ""}, 400, "invalid_value", "prompt"),
    (IMAGES, {"prompt": "x" * 40_000}, 400, "invalid_value", "prompt"),
    (IMAGES, {"model": 5}, 400, "invalid_value", "model"),
    (IMAGES, {"model": "gpt-5"}, 404, "model_not_found", "model"),
    (IMAGES, {"model": "gpt\0image"}, 404, "model_not_found", "model"),
    (IMAGES, {"model": "x" * 10_000}, 404, "model_not_found", "model"),
    (IMAGES, {"model": ""}, 404, "model_not_found", "model"),
    (IMAGES, {"model": "tts-1"}, 400, "invalid_value", "model"),
    (IMAGES, {"model": "seedance-2"}, 400, "invalid_value", "model"),
    (IMAGES, {"n": 0}, 400, "invalid_value", "n"),
    (IMAGES, {"n": "2"}, 400, "invalid_value", "n"),
    (IMAGES, {"n": True}, 400, "invalid_value", "n"),
    (IMAGES, {"n": 1.5}, 400, "invalid_value", "n"),
    (IMAGES, {"n": 10**30}, 400, "invalid_value", "n"),
    (IMAGES, {"size": "large"}, 400, "invalid_value", "size"),
    (IMAGES, {"size": "0x10"}, 400, "invalid_value", "size"),
    (IMAGES, {"size": 1024}, 400, "invalid_value", "size"),
    (IMAGES, {"size": "1024x1024x1024"}, 400, "invalid_value", "size"),
    (IMAGES, {"size": "1x99999"}, 400, "invalid_value", "size"),
    (IMAGES, {"quality": "best"}, 400, "invalid_value", "quality"),
    (IMAGES, {"output_format": "tiff"}, 400, "invalid_value", "output_format"),
    (IMAGES, {"response_format": "png"}, 400, "invalid_value", "response_format"),
    (IMAGES, {"stream": True}, 400, "invalid_value", "stream"),
    (IMAGES, {"stream": 0}, 400, "invalid_value", "stream"),
    (IMAGES, {"seed": 10**30}, 400, "invalid_value", "seed"),
    (IMAGES, {"seed": {"a": 1}}, 400, "invalid_value", "seed"),
    (IMAGES, {"colour": "red"}, 400, "invalid_value", "colour"),
    (IMAGES, {"": 1}, 400, "invalid_value", None),
    (IMAGES, {"a\0b": 1}, 400, "invalid_value", None),
    (EDITS, {"image": "http://169.254.169.254/latest"}, 400, "invalid_media_url", "image"),
    (EDITS, {"image": [NOBODY, "https://10.0.0.1/"]}, 400, "invalid_media_url", "image"),
    (EDITS, {"image": "upl_1"}, 400, "invalid_value", "image"),
    (EDITS, {"image": [NOBODY] * 30}, 400, "invalid_value", "image"),
    (EDITS, {"image": 5}, 400, "invalid_value", None),
    (EDITS, {"images": [{"file_id": "file-1"}]}, 400, "invalid_value", None),
    (EDITS, {"image": NOBODY, "mask": NOBODY}, 400, "invalid_value", "mask"),
    (SPEECH, {"input": None}, 400, "invalid_value", "input"),
    (SPEECH, {"input": "x" * 6_000}, 400, "invalid_value", "input"),
    (SPEECH, {"model": None}, 400, "invalid_value", "model"),
    (SPEECH, {"model": "gpt-image-2"}, 400, "invalid_value", "model"),
    (SPEECH, {"voice": 5}, 400, "invalid_value", None),
    (SPEECH, {"speed": "fast"}, 400, "invalid_value", None),
    (SPEECH, {"speed": 50}, 400, "invalid_value", "speed"),
    (SPEECH, {"response_format": "pcm"}, 400, "invalid_value", "response_format"),
    (SPEECH, {"stream_format": "sse"}, 400, "invalid_value", "stream_format"),
]


@pytest.mark.parametrize(("path", "changes", "status", "code", "param"), INVALID)
async def test_invalid_input_has_no_effect(
    client: OpenAIClient, path: str, changes: dict[str, Any], status: int, code: str, param: str | None
) -> None:
    response = await client.post(f"{path}{AT_ONCE}", {**(SAID if path == SPEECH else IMAGE), **changes})

    error = response.json()["error"]
    assert (response.status_code, error["code"], error["type"]) == (status, code, "invalid_request_error")
    assert list(error)[:4] == ["message", "type", "param", "code"]
    assert len(error["message"]) < 600
    assert error["doitong_code"] in ("INVALID_INPUT", "INVALID_MEDIA_URL", "NOT_FOUND")
    assert param in (None, error["param"])
    assert await client.stored() == []
    assert await client.credits() == {"available": 1000, "held": 0}


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", {}, 400),
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b'{"prompt": "\xff"}', {}, 400),
        (b"[" * 100_000, {}, 400),
        (b'{"prompt": "' + b"x" * 1_000_000 + b'"}', {}, 413),
        (b"", BOUNDARY, 400),
        (PART, BOUNDARY, 400),
        (PART + b"--c--\r\n", BOUNDARY, 400),
        (b"nonsense", BOUNDARY, 400),
        (PART + b"--b--\r\n", {"Content-Type": "multipart/form-data"}, 400),
        (PART + b"--b--\r\n", {"Content-Type": f"multipart/form-data; boundary={'b' * 300}"}, 400),
        (PART * 101 + b"--b--\r\n", BOUNDARY, 400),
        (PART.replace(b"a fox", b"\xff") + b"--b--\r\n", BOUNDARY, 400),
        (PART.replace(b"a fox", b"x" * 1_000_001) + b"--b--\r\n", BOUNDARY, 413),
        (PART.replace(b"Content-D", b"X: " + b"x" * 20_000 + b"\r\nContent-D") + b"--b--\r\n", BOUNDARY, 400),
    ],
)
async def test_a_broken_body_has_no_effect(
    client: OpenAIClient, content: bytes, headers: dict[str, str], status: int
) -> None:
    response = await client.http.post(f"/v1{EDITS}", content=content, headers=headers)

    error = response.json()["error"]
    assert (response.status_code, error["type"], error["param"]) == (status, "invalid_request_error", None)
    assert await client.stored() == []


@pytest.mark.parametrize(
    ("fields", "parts", "status", "param"),
    [
        (IMAGE, [("image", ("a.png", b"no picture", "image/png"))], 415, "image"),
        (IMAGE, [("image", ("a.png", b"", "image/png"))], 400, "image"),
        (IMAGE, [*files(b"1"), ("mask", ("m.png", picture_bytes(), "image/png"))], 400, "mask"),
        ({**IMAGE, "size": "large"}, files(b"1"), 400, "size"),
        ({**IMAGE, "model": "gpt-5"}, files(b"1"), 404, "model"),
        ({"model": "gpt-image-2", "n": "2"}, files(b"1"), 400, "prompt"),
        ({**IMAGE, "n": "two"}, files(b"1"), 400, "n"),
        (IMAGE, files(*(b"%d" % number for number in range(12)), field="image[]"), 400, "image"),
    ],
    ids=["no picture", "empty", "mask", "size", "model", "no prompt", "n", "too many"],
)
async def test_a_refused_form_leaves_no_upload(
    client: OpenAIClient, fields: dict[str, str], parts: Files, status: int, param: str
) -> None:
    before = await client.uploads()
    response = await client.form(f"{EDITS}{AT_ONCE}", fields, parts)

    assert (response.status_code, response.json()["error"]["param"]) == (status, param)
    assert await client.uploads() == before
    assert await client.stored() == []


async def test_without_credits_nothing_is_stored(client: OpenAIClient) -> None:
    headers = {"Authorization": f"Bearer {await client.server.create_key(credits=3)}"}
    before = await client.uploads()
    response = await client.form(EDITS, IMAGE, files(b"1"), **headers)

    error = response.json()["error"]
    assert (response.status_code, error["type"], error["code"]) == (402, "insufficient_quota", "insufficient_quota")
    assert (error["doitong_code"], error["details"]["creditsAvailable"]) == ("INSUFFICIENT_CREDITS", 3)
    assert await client.uploads() == before


async def test_a_limit_is_429_with_the_seconds_to_wait(client: OpenAIClient) -> None:
    headers = {"Authorization": f"Bearer {await client.server.create_key(plan=PlanName.FREE)}"}
    accepted = await client.post(f"{IMAGES}{AT_ONCE}", IMAGE, **headers)
    rejected = await client.post(f"{IMAGES}{AT_ONCE}", IMAGE, **headers)

    assert (accepted.headers["x-ratelimit-limit"], accepted.headers["x-ratelimit-remaining"]) == ("10", "9")
    error = rejected.json()["error"]
    assert (rejected.status_code, error["type"], error["code"]) == (429, "rate_limit_error", "rate_limit_exceeded")
    assert (error["doitong_code"], error["retryable"], error["details"]["limit"]) == ("RATE_LIMIT", True, "concurrent")
    assert int(rejected.headers["retry-after"]) >= 1


@pytest.mark.parametrize("path", [IMAGES, EDITS, SPEECH])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sk-0123"}, {"x-api-key": "sk-0"}])
async def test_a_missing_or_wrong_key_is_401(client: OpenAIClient, path: str, headers: dict[str, str]) -> None:
    async with httpx.AsyncClient(base_url=client.server.url, trust_env=False) as http:
        response = await http.post(f"/v1{path}", json=IMAGE, headers=headers)

    error = response.json()["error"]
    assert (response.status_code, error["code"], error["doitong_code"]) == (401, "invalid_api_key", "UNAUTHENTICATED")


async def test_an_idempotency_key_buys_once_also_with_files(client: OpenAIClient) -> None:
    headers = {"Idempotency-Key": "wish-1"}
    before = await client.uploads()
    first = await client.form(f"{EDITS}{AT_ONCE}", IMAGE, files(b"1"), **headers)
    again = await client.form(f"{EDITS}{AT_ONCE}", IMAGE, files(b"1"), **headers)
    other = await client.form(f"{EDITS}{AT_ONCE}", IMAGE, files(b"2"), **headers)

    assert again.headers["x-generation-id"] == first.headers["x-generation-id"]
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["error"]["doitong_code"]) == (409, "IDEMPOTENCY_MISMATCH")
    assert other.headers["x-should-retry"] == "false"
    assert await client.uploads() == before + 1
    assert len(await client.stored()) == 1


def counted(count: int) -> dict[str, str]:
    """Return the header with the retry count of the SDKs."""
    return {"x-stainless-retry-count": str(count)}


async def test_a_repetition_by_the_sdk_is_the_first_generation(client: OpenAIClient) -> None:
    first = await client.post(f"{IMAGES}{AT_ONCE}", IMAGE, **counted(0))
    again = await client.post(f"{IMAGES}{AT_ONCE}", {"prompt": "a fox", "model": "gpt-image-2"}, **counted(1))
    other = await client.post(f"{IMAGES}{AT_ONCE}", {**IMAGE, "prompt": "a cat"}, **counted(1))
    anew = await client.post(f"{IMAGES}{AT_ONCE}", IMAGE, **counted(0))
    client.server.clock.move(timedelta(minutes=30).total_seconds())
    late = await client.post(f"{IMAGES}{AT_ONCE}", IMAGE, **counted(1))

    ids = [response.headers["x-generation-id"] for response in (first, again, other, anew, late)]
    assert ids[1] == ids[0]
    assert len(set(ids)) == 4
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_repeated_form_is_the_first_generation_whatever_its_boundary(client: OpenAIClient) -> None:
    before = await client.uploads()
    first = await client.form(f"{EDITS}{AT_ONCE}", IMAGE, files(b"1"), **counted(0))
    again = await client.form(f"{EDITS}{AT_ONCE}", IMAGE, files(b"1"), **counted(1))
    other = await client.form(f"{EDITS}{AT_ONCE}", IMAGE, files(b"2"), **counted(1))

    ids = [response.headers["x-generation-id"] for response in (first, again, other)]
    assert first.request.headers["content-type"] != again.request.headers["content-type"]
    assert ids[0] == ids[1] != ids[2]
    assert await client.uploads() == before + 2


async def test_overlapping_attempts_buy_once_for_each_request(client: OpenAIClient) -> None:
    requests = 10
    responses = await asyncio.gather(
        *(client.post(f"{SPEECH}{AT_ONCE}", SAID, **counted(count)) for _ in range(requests) for count in (0, 1, 2))
    )

    ids = [response.headers["x-generation-id"] for response in responses]
    assert len(set(ids)) == requests
    assert len(await client.stored()) == requests


@pytest.mark.parametrize("wait", ["-1", "51", "nan", "x", ""])
async def test_a_wrong_wait_has_no_effect(client: OpenAIClient, wait: str) -> None:
    response = await client.post(f"{IMAGES}?wait={wait}", IMAGE)

    assert (response.status_code, response.json()["error"]["param"]) == (400, "wait")
    assert await client.stored() == []


@pytest.mark.parametrize(
    ("name", "id"), [("gpt-image-2", "gpt-image-2"), ("gpt-image", "gpt-image-2"), ("tts-1", "tts-1")]
)
async def test_a_model_is_read(client: OpenAIClient, name: str, id: str) -> None:
    response = await client.http.get(f"/v1/models/{name}")

    body = response.json()
    assert list(body) == ["id", "object", "created", "owned_by"]
    assert (body["id"], body["object"], type(body["created"]), type(body["owned_by"])) == (id, "model", int, str)


async def test_an_unknown_model_is_404(client: OpenAIClient) -> None:
    response = await client.http.get("/v1/models/gpt-5")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "model_not_found")
