"""Kubeez's REST API over a real socket: each request and response field by field."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from accounts.plans import PlanName
from kit.errors import ContentViolation
from providers.backend import BackendState, Snapshot
from tests.support.sample_files import picture_bytes
from tests.support.server_harness import ServerHarness
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

MEDIA = {"model": "nano-banana-2", "prompt": "a fox"}
ID = re.compile(r"gen_[0-9a-z]{26}")
TIME = re.compile(r"2026-01-01T\d\d:\d\d:\d\d\.\d{3}Z")
REJECTED = Snapshot(BackendState.FAILED, error=ContentViolation("No."))
STORED = "query ($id: ID!) { generation(id: $id) { type provider input options } }"
PICTURE = "https://example.com/one.png"
OTHER = "https://example.com/two.png"


@pytest.fixture
async def rest(server_harness: ServerHarness) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the key of the harness."""
    headers = {"X-API-Key": server_harness.key}
    async with httpx.AsyncClient(base_url=server_harness.url, headers=headers, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
async def simulated(server: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a test key, of a server that renders with the studio."""
    headers = {"Authorization": f"Bearer {server.key}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False, timeout=60) as client:
        yield client


async def result_of(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """Return the `result` of an event stream; every event before it is a heartbeat."""
    async with client.stream("GET", f"{path}/stream") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        text = (await response.aread()).decode()
    *heartbeats, last = [event.split("\n") for event in text.strip().split("\n\n")]
    assert {event[0] for event in heartbeats} == {"event: heartbeat"}
    assert last[0] == "event: result"
    result: dict[str, Any] = json.loads(last[1].removeprefix("data: "))
    return result


async def accept(client: httpx.AsyncClient, body: Mapping[str, object], *, path: str = "media") -> str:
    response = await client.post(f"/v1/generate/{path}", json=dict(body))
    assert response.status_code == 200, response.text
    return str(response.json()["generation_id"])


async def stored(harness: ServerHarness, generation_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await harness.client.execute(STORED, {"id": generation_id}))["generation"]
    return found


async def test_an_accepted_request_has_an_id_and_its_price(
    rest: httpx.AsyncClient, server_harness: ServerHarness
) -> None:
    response = await rest.post("/v1/generate/media", json=MEDIA)

    body = response.json()
    assert response.status_code == 200
    assert ID.fullmatch(body["generation_id"])
    assert body == {
        "generation_id": body["generation_id"],
        "status": "pending",
        "model": "nano-banana-2",
        "estimated_cost_credits": 28,
        "estimated_time_seconds": 8,
        "billing_mode": "credits",
        "message": "Accepted. Read it by its generation_id.",
        "poll_after_seconds": 8,
    }
    await server_harness.wait_until_idle()


async def test_a_generation_is_read_in_every_state(rest: httpx.AsyncClient, server_harness: ServerHarness) -> None:
    generation_id = await accept(rest, MEDIA)
    await server_harness.wait_until_idle()
    running = (await rest.get(f"/v1/generate/media/{generation_id}")).json()
    server_harness.clock.move(2.5)
    await server_harness.upstream.call(server_harness.upstream.succeeded)
    await server_harness.wait_until_idle()
    ended = (await rest.get(f"/v1/generate/media/{generation_id}")).json()

    assert TIME.fullmatch(running["created_at"])
    assert running == {
        "id": generation_id,
        "kind": "media",
        "status": "processing",
        "progress": running["progress"],
        "model": "nano-banana-2",
        "prompt": "a fox",
        "generation_type": "text-to-image",
        "created_at": running["created_at"],
        "completed_at": None,
        "processing_time_ms": None,
        "credits_deducted": 0,
        "error_code": None,
        "error_message": None,
        "retryable": None,
        "cdn_ready": False,
        "result_url": None,
        "outputs": [],
    }
    assert (ended["status"], ended["progress"], ended["credits_deducted"]) == ("completed", 100, 28)
    assert (ended["processing_time_ms"], ended["cdn_ready"]) == (2500, True)
    assert TIME.fullmatch(ended["completed_at"])
    [output] = ended["outputs"]
    assert output == {
        "id": generation_id,
        "media_type": "image/png",
        "url": ended["result_url"],
        "thumbnail_url": output["thumbnail_url"],
        "optimized_url": output["optimized_url"],
        "width": 64,
        "height": 48,
        "duration": None,
        "format": "png",
        "file_size": output["file_size"],
        "optimization_status": "completed",
        "cdn_ready": True,
    }
    for url in (output["url"], output["thumbnail_url"], output["optimized_url"]):
        assert (await rest.get(url)).status_code == 200


async def test_a_failed_and_a_cancelled_generation_say_why(
    rest: httpx.AsyncClient, server_harness: ServerHarness
) -> None:
    failed = await accept(rest, MEDIA)
    await server_harness.wait_until_idle()
    await server_harness.upstream.call(REJECTED)
    await server_harness.wait_until_idle()
    cancelled = await accept(rest, MEDIA)
    await server_harness.client.execute("mutation ($id: ID!) { cancelGeneration(id: $id) }", {"id": cancelled})
    await server_harness.wait_until_idle()

    rows = [(await rest.get(f"/v1/generate/media/{one}")).json() for one in (failed, cancelled)]

    assert [(row["status"], row["error_code"], row["credits_deducted"]) for row in rows] == [
        ("failed", "CONTENT_VIOLATION", 0),
        ("failed", "CANCELLED", 0),
    ]
    assert [row["error_message"] for row in rows] == ["No.", "The generation was cancelled."]
    assert [row["retryable"] for row in rows] == [False, False]


FIELDS: list[tuple[dict[str, object], dict[str, object], dict[str, object]]] = [
    ({"aspect_ratio": "16:9", "seed": 7}, {}, {"aspectRatio": "16:9", "seed": 7}),
    ({"negative_prompt": "text", "quality": "pro"}, {}, {"negativePrompt": "text", "quality": "high"}),
    ({"resolution": "2K", "quality": "standard"}, {}, {"width": 2048, "height": 2048, "quality": "standard"}),
    ({"resolution": "1K", "aspect_ratio": "16:9"}, {}, {"width": 1368, "height": 768, "aspectRatio": "16:9"}),
    ({"source_media_urls": PICTURE}, {"image": PICTURE}, {}),
    ({"source_media_urls": [PICTURE], "generation_type": "image-to-image"}, {"image": PICTURE}, {}),
    ({"source_media_urls": [PICTURE, OTHER]}, {"images": [PICTURE, OTHER]}, {}),
    ({"seed": 0, "fixed_lens": True, "sound": False, "duration": None, "source": "anything"}, {}, {}),
]


@pytest.mark.parametrize(("body", "content", "options"), FIELDS)
async def test_each_field_of_an_image_has_its_effect(
    rest: httpx.AsyncClient,
    server_harness: ServerHarness,
    body: dict[str, object],
    content: dict[str, object],
    options: dict[str, object],
) -> None:
    found = await stored(server_harness, await accept(rest, {**MEDIA, **body}))

    assert (found["type"], found["provider"]) == ("IMAGE", "nano-banana-2")
    assert found["input"] == {"text": "a fox", **content}
    assert found["options"].items() >= options.items()
    await server_harness.wait_until_idle()


VIDEO = {"model": "kling", "prompt": "a fox"}
VIDEO_FIELDS: list[tuple[dict[str, object], dict[str, object], dict[str, object]]] = [
    ({"duration": "5s", "sound": True}, {}, {"duration": 5, "silent": False}),
    ({"duration": "10", "sound": False}, {}, {"duration": 10, "silent": True}),
    ({"duration": 10, "quality": "pro", "resolution": "720p"}, {}, {"mode": "pro", "resolution": "720p"}),
    ({"generation_type": "text-to-video", "aspect_ratio": "9:16"}, {}, {"aspectRatio": "9:16"}),
    ({"generation_type": "image-to-video", "source_media_urls": PICTURE}, {"image": PICTURE}, {}),
]


@pytest.mark.parametrize(("body", "content", "options"), VIDEO_FIELDS)
async def test_each_field_of_a_video_has_its_effect(
    simulated: httpx.AsyncClient, body: dict[str, object], content: dict[str, object], options: dict[str, object]
) -> None:
    prompt = "test:hang a fox"
    generation_id = await accept(simulated, {**VIDEO, **body, "prompt": prompt})
    query = {"query": STORED, "variables": {"id": generation_id}}
    found = (await simulated.post("/graphql", json=query)).json()["data"]["generation"]
    await simulated.post("/graphql", json={"query": f'mutation {{ cancelGeneration(id: "{generation_id}") }}'})

    assert found["input"] == {"text": prompt, **content}
    assert found["options"].items() >= options.items()


async def test_the_first_and_the_last_frame_are_in_order(simulated: httpx.AsyncClient) -> None:
    body = {"model": "kling-i2v", "prompt": "test:hang", "source_media_urls": [PICTURE, OTHER]}
    generation_id = await accept(simulated, body)
    query = {"query": STORED, "variables": {"id": generation_id}}
    found = (await simulated.post("/graphql", json=query)).json()["data"]["generation"]
    await simulated.post("/graphql", json={"query": f'mutation {{ cancelGeneration(id: "{generation_id}") }}'})

    assert found["input"] == {"text": "test:hang", "image": PICTURE, "images": [OTHER]}


async def test_a_change_of_a_value_is_said(simulated: httpx.AsyncClient) -> None:
    body = {**VIDEO, "prompt": "test:fail", "duration": "9s"}

    message = (await simulated.post("/v1/generate/media", json=body)).json()["message"]

    assert message.startswith("Accepted with changes: ")


BAD_REQUESTS: list[tuple[str, object, int, str, str | None]] = [
    ("media", {"prompt": "a fox"}, 422, "INVALID_INPUT", "model"),
    ("media", {"model": "flux-pro"}, 422, "INVALID_INPUT", "prompt"),
    ("media", {**MEDIA, "prompt": ""}, 422, "INVALID_INPUT", "prompt"),
    ("media", {**MEDIA, "prompt": "  "}, 400, "INVALID_INPUT", "prompt"),
    ("media", {**MEDIA, "prompt": "a\0b"}, 422, "INVALID_INPUT", "prompt"),
    ("media", {**MEDIA, "prompt": 5}, 422, "INVALID_INPUT", "prompt"),
    ("media", {**MEDIA, "prompt": "x" * 10_001}, 400, "INVALID_INPUT", "prompt"),
    ("media", {**MEDIA, "model": "nano-bananas-2"}, 400, "INVALID_INPUT", "model"),
    ("media", {**MEDIA, "model": "suno"}, 400, "INVALID_INPUT", "model"),
    ("media", {**MEDIA, "generation_type": "text-to-video"}, 400, "INVALID_INPUT", "generation_type"),
    ("media", {**MEDIA, "generation_type": "text-to-smell"}, 422, "INVALID_INPUT", "generation_type"),
    ("media", {**MEDIA, "generation_type": "image-to-image"}, 400, "INVALID_INPUT", "source_media_urls"),
    (
        "media",
        {**MEDIA, "generation_type": "text-to-image", "source_media_urls": PICTURE},
        400,
        "INVALID_INPUT",
        "source_media_urls",
    ),
    ("media", {**MEDIA, "source_media_urls": [5]}, 422, "INVALID_INPUT", "source_media_urls.0"),
    ("media", {**MEDIA, "source_media_urls": "http://10.0.0.1/x"}, 400, "INVALID_MEDIA_URL", "source_media_urls"),
    ("media", {**MEDIA, "source_media_urls": ["upl_x", "y"]}, 400, "INVALID_INPUT", "source_media_urls.0"),
    ("media", {**MEDIA, "aspect_ratio": "5:1"}, 400, "INVALID_INPUT", "aspect_ratio"),
    ("media", {**MEDIA, "aspect_ratio": 1}, 422, "INVALID_INPUT", "aspect_ratio"),
    ("media", {**MEDIA, "duration": "5s"}, 400, "INVALID_INPUT", "duration"),
    ("media", {**MEDIA, "duration": "soon"}, 422, "INVALID_INPUT", "duration"),
    ("media", {**MEDIA, "duration": 1e300}, 422, "INVALID_INPUT", "duration"),
    ("media", {**MEDIA, "quality": "best"}, 422, "INVALID_INPUT", "quality"),
    ("media", {**MEDIA, "sound": True}, 400, "INVALID_INPUT", "sound"),
    ("media", {**MEDIA, "sound": "yes"}, 422, "INVALID_INPUT", "sound"),
    ("media", {**MEDIA, "seed": -1}, 422, "INVALID_INPUT", "seed"),
    ("media", {**MEDIA, "seed": 2**63}, 422, "INVALID_INPUT", "seed"),
    ("media", {**MEDIA, "seed": 10**30}, 422, "INVALID_INPUT", "seed"),
    ("media", {**MEDIA, "resolution": "9K"}, 400, "INVALID_INPUT", "resolution"),
    ("music", {}, 400, "INVALID_INPUT", "prompt"),
    ("music", {"prompt": "x" * 401}, 400, "INVALID_INPUT", "prompt"),
    ("music", {"title": "A"}, 400, "INVALID_INPUT", "style"),
    ("music", {"title": "A", "style": "b", "lyrics": "c", "song_description": "d"}, 400, "INVALID_INPUT", None),
    ("music", {"title": "A", "style": "b", "lyrics": "c", "instrumental": True}, 400, "INVALID_INPUT", "lyrics"),
    ("music", {"prompt": "x", "vocal_gender": "x"}, 422, "INVALID_INPUT", "vocal_gender"),
    ("music", {"prompt": "x", "style_weight": 2}, 422, "INVALID_INPUT", "style_weight"),
    ("music", {"prompt": "x", "model": "flux-pro"}, 400, "INVALID_INPUT", "model"),
    ("dialogue", {"dialogue": []}, 422, "INVALID_INPUT", "dialogue"),
    ("dialogue", {"dialogue": [{"text": "Hi"}]}, 400, "INVALID_INPUT", "dialogue"),
    ("dialogue", {"dialogue": [{"text": "x" * 2_600}, {"text": "x" * 2_600}]}, 400, "INVALID_INPUT", "dialogue"),
    (
        "dialogue",
        {"dialogue": [{"text": "Hello.", "voice": "a"}, {"text": "Hello.", "voice": "b"}]},
        400,
        "INVALID_INPUT",
        "dialogue",
    ),
    ("ad-copy", {"product_text": "a mug"}, 422, "INVALID_INPUT", "reference_ad_url"),
    ("ad-copy", {"reference_ad_url": PICTURE}, 400, "INVALID_INPUT", "product_image_url"),
    ("ad-copy", {"reference_ad_url": PICTURE, "product_text": "x", "variant_count": 0}, 422, "INVALID_INPUT", None),
    ("ad-copy", {"reference_ad_url": PICTURE, "product_text": "x", "variant_count": 11}, 422, "INVALID_INPUT", None),
    ("media", [MEDIA], 400, "BAD_REQUEST", None),
]


@pytest.mark.parametrize(("path", "body", "status", "code", "field"), BAD_REQUESTS)
async def test_a_bad_request_says_what_is_wrong_and_charges_nothing(
    rest: httpx.AsyncClient,
    server_harness: ServerHarness,
    path: str,
    body: object,
    status: int,
    code: str,
    field: str | None,
) -> None:
    response = await rest.post(f"/v1/generate/{path}", content=json.dumps(body))

    error = response.json()
    assert (response.status_code, error["code"]) == (status, code), error
    assert error["message"] == error["detail"]
    assert error["error"] == code.lower()
    assert error["retryable"] is False
    assert field is None or error["field"] == field
    assert (await server_harness.account_state())["credits"] == {"available": 1000, "held": 0}
    assert (await rest.get("/v1/generations")).json()["generations"] == []


async def test_bodies_that_are_no_json_or_too_large_are_refused(rest: httpx.AsyncClient) -> None:
    broken = await rest.post("/v1/generate/media", content=b'{"model": ')
    deep = await rest.post("/v1/generate/media", content=b'{"a":' + b"[" * 900 + b"]" * 900 + b"}")
    large = await rest.post("/v1/generate/media", content=b"x" * 1_000_001)

    assert [(one.status_code, one.json()["code"]) for one in (broken, deep, large)] == [
        (400, "BAD_REQUEST"),
        (400, "BAD_REQUEST"),
        (413, "PAYLOAD_TOO_LARGE"),
    ]


async def test_a_missing_key_a_wrong_one_and_too_few_credits_are_refused(
    rest: httpx.AsyncClient, server_harness: ServerHarness
) -> None:
    poor, free = await server_harness.create_key(credits=1), await server_harness.create_key(plan=PlanName.FREE)
    missing = await rest.post("/v1/generate/media", json=MEDIA, headers={"X-API-Key": ""})
    wrong = await rest.get("/v1/balance", headers={"X-API-Key": "sk_live_nope"})
    unpaid = await rest.post("/v1/generate/media", json=MEDIA, headers={"X-API-Key": poor})
    await rest.post("/v1/generate/media", json=MEDIA, headers={"X-API-Key": free})
    limited = await rest.post("/v1/generate/media", json=MEDIA, headers={"X-API-Key": free})
    await server_harness.wait_until_idle()

    assert [(one.status_code, one.json()["error"]) for one in (missing, wrong, unpaid, limited)] == [
        (401, "unauthenticated"),
        (401, "unauthenticated"),
        (402, "insufficient_credits"),
        (429, "rate_limit"),
    ]
    assert (unpaid.json()["creditsRequired"], unpaid.json()["creditsAvailable"]) == (28, 1)
    assert int(limited.headers["retry-after"]) >= 1
    assert limited.json()["retryable"] is True


async def test_an_unknown_generation_and_one_of_the_other_kind_are_not_found(
    rest: httpx.AsyncClient, server_harness: ServerHarness
) -> None:
    generation_id = await accept(rest, MEDIA)
    paths = [f"media/{'gen_' + '0' * 26}", "media/x", f"music/{generation_id}", f"music/{generation_id}/stream"]

    responses = [await rest.get(f"/v1/generate/{path}") for path in paths]
    await server_harness.wait_until_idle()

    assert [response.status_code for response in responses] == [404] * len(paths)
    assert {response.json()["code"] for response in responses} == {"NOT_FOUND"}


async def test_models_are_listed_in_both_shapes(rest: httpx.AsyncClient) -> None:
    everything = (await rest.get("/v1/models")).json()
    images = (await rest.get("/v1/models", params={"model_type": "image"})).json()
    unknown = await rest.get("/v1/models", params={"model_type": "smell"})

    rows = {row["model_id"]: row for row in everything["models"]}
    assert everything["object"] == "list"
    assert everything["total_count"] == len(rows) == len(everything["data"])
    assert [entry["id"] for entry in everything["data"]] == list(rows)
    assert everything["data"][0].keys() == {"id", "object", "created", "owned_by"}
    assert {row["model_type"] for row in rows.values()} == {"image", "video", "speech", "music", "other"}
    assert {row["model_type"] for row in images["models"]} == {"image"}
    assert images["total_count"] == len(images["models"]) == len(images["data"])
    assert rows["kling-i2v"]["requires_input_media"] is True
    assert unknown.status_code == 422
    assert rows["nano-banana-2"] == {
        "model_id": "nano-banana-2",
        "display_name": rows["nano-banana-2"]["display_name"],
        "provider": "Google AI",
        "model_type": "image",
        "cost_per_generation": 28,
        "estimated_time_seconds": 8,
        "generation_types": ["text-to-image", "image-to-image"],
        "requires_input_media": False,
        "input_media_types": ["image"],
        "capabilities": {
            "generation_types": ["text-to-image", "image-to-image"],
            "input_media_types": ["image"],
            "supports_aspect_ratio": True,
            "supports_sound": False,
            "prompt_max_chars": 10000,
            "aspect_ratio_options": ["16:9", "9:16", "1:1", "4:3", "3:4", "21:9", "3:2", "2:3"],
            "quality": ["standard", "high", "ultra"],
            "max_input_images": 10,
        },
        "usage_notes": rows["nano-banana-2"]["usage_notes"],
        "available": True,
    }
    assert rows["kling"]["capabilities"]["duration_options"] == ["5s", "10s"]
    assert rows["kling"]["capabilities"]["video_audio"] == "toggle_via_sound_param"


async def test_every_media_model_that_is_listed_accepts_its_generation_types(simulated: httpx.AsyncClient) -> None:
    models = (await simulated.get("/v1/models")).json()["models"]
    refused = []
    for model in models:
        if model["model_type"] in ("music", "speech"):
            continue
        for generation_type in model["generation_types"]:
            pair = generation_type in ("motion-transfer", "audio-to-avatar")
            sources = [] if generation_type.startswith("text-") else [PICTURE, PICTURE][: 2 if pair else 1]
            body = {"model": model["model_id"], "prompt": "Hello. test:fail", "generation_type": generation_type}
            response = await simulated.post("/v1/generate/media", json={**body, "source_media_urls": sources})
            if response.status_code != 200:
                refused.append((model["model_id"], generation_type, response.text))

    assert refused == []


async def test_the_balance_is_that_of_the_keys_mode(rest: httpx.AsyncClient, server_harness: ServerHarness) -> None:
    body = (await rest.get("/v1/balance")).json()

    assert body == {
        "credits": 1000,
        "message": "1,000 credits are available.",
        "purchase_url": f"{server_harness.url}/",
    }


async def test_a_repeated_key_returns_the_first_generation(
    rest: httpx.AsyncClient, server_harness: ServerHarness
) -> None:
    headers = {"Idempotency-Key": "wish-1"}
    first = await rest.post("/v1/generate/media", json=MEDIA, headers=headers)
    again = await rest.post("/v1/generate/media", json=MEDIA, headers=headers)
    other = await rest.post("/v1/generate/media", json={**MEDIA, "prompt": "a cat"}, headers=headers)
    await server_harness.wait_until_idle()

    assert first.json()["generation_id"] == again.json()["generation_id"]
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_MISMATCH")


@pytest.mark.slow
async def test_music_has_songs_with_audio_title_lyrics_and_image(simulated: httpx.AsyncClient) -> None:
    song = {
        "title": "Night drive",
        "style": "synthwave",
        "lyrics": "We drive all night\nInto the light",
        "vocal_gender": "f",
        "model": "V5",
        "style_weight": 0.65,
    }
    generation_id = await accept(simulated, song, path="music")
    row = await result_of(simulated, f"/v1/generate/music/{generation_id}")
    read = (await simulated.get(f"/v1/generate/music/{generation_id}")).json()

    assert row.keys() == read.keys()
    assert (row["status"], row["kind"], row["model"], row["generation_type"]) == (
        "completed",
        "music",
        "suno",
        "text-to-music",
    )
    [one] = row["songs"]
    assert one == {
        "id": generation_id,
        "title": "Night drive",
        "audio_url": one["audio_url"],
        "stream_url": one["audio_url"],
        "lyrics": song["lyrics"],
        "image_url": one["image_url"],
        "cover_image_url": one["image_url"],
        "duration": one["duration"],
    }
    audio, image = await simulated.get(one["audio_url"]), await simulated.get(one["image_url"])
    assert (audio.headers["content-type"], image.headers["content-type"]) == ("audio/mpeg", "image/png")


@pytest.mark.slow
async def test_music_from_a_prompt_and_a_style_needs_no_title(simulated: httpx.AsyncClient) -> None:
    generation_id = await accept(
        simulated, {"prompt": "calm piano", "style": "lo-fi", "instrumental": True}, path="music"
    )

    row = await result_of(simulated, f"/v1/generate/music/{generation_id}")

    assert [song["lyrics"] for song in row["songs"]] == [None]


@pytest.mark.slow
async def test_a_dialogue_is_spoken_and_read_as_media(simulated: httpx.AsyncClient) -> None:
    lines = [{"text": "Hello there.", "voice": "rachel"}, {"text": "How are you?"}]
    body = {"dialogue": lines, "stability": 0.5, "language_code": "auto", "model": "ignored"}
    generation_id = await accept(simulated, body, path="dialogue")

    row = await result_of(simulated, f"/v1/generate/media/{generation_id}")

    assert (row["status"], row["generation_type"]) == ("completed", "text-to-dialogue")
    assert row["prompt"] == "Hello there.\nHow are you?"
    assert row["outputs"][0]["media_type"].startswith("audio/")


async def test_an_upload_is_used_by_its_url_and_by_its_id(simulated: httpx.AsyncClient) -> None:
    files = {"file": ("fox.png", picture_bytes(), "image/png")}
    response = await simulated.post("/v1/upload/media", params={"bucket": "media-inputs"}, files=files)
    upload = response.json()

    assert response.status_code == 201
    assert upload.keys() == {
        "id",
        "url",
        "media_type",
        "file_size",
        "width",
        "height",
        "duration",
        "expires_at",
    }
    assert (upload["media_type"], upload["duration"]) == ("image/png", None)
    inputs = []
    for source in (upload["url"], upload["id"]):
        generation_id = await accept(simulated, {**MEDIA, "source_media_urls": [source]})
        query = {"query": STORED, "variables": {"id": generation_id}}
        inputs.append((await simulated.post("/graphql", json=query)).json()["data"]["generation"]["input"])
        row = await result_of(simulated, f"/v1/generate/media/{generation_id}")
        assert (row["status"], row["generation_type"]) == ("completed", "image-to-image")
    assert inputs == [{"text": "a fox", "image": upload["id"]}] * 2


async def test_an_output_is_used_by_its_url(simulated: httpx.AsyncClient) -> None:
    first = await accept(simulated, MEDIA)
    url = (await result_of(simulated, f"/v1/generate/media/{first}"))["outputs"][0]["url"]

    second = await accept(simulated, {**MEDIA, "source_media_urls": url})

    assert (await result_of(simulated, f"/v1/generate/media/{second}"))["status"] == "completed"


async def test_an_upload_of_another_kind_of_file_or_without_one_is_refused(simulated: httpx.AsyncClient) -> None:
    text = await simulated.post("/v1/upload/media", files={"file": ("a.txt", b"hello", "text/plain")})
    none = await simulated.post("/v1/upload/media", files={"other": ("fox.png", picture_bytes(), "image/png")})
    no_form = await simulated.post("/v1/upload/media", json={})

    assert [(one.status_code, one.json()["code"]) for one in (text, none, no_form)] == [
        (415, "INVALID_MEDIA_URL"),
        (400, "INVALID_INPUT"),
        (415, "INVALID_MEDIA_URL"),
    ]


AD = {"reference_ad_url": PICTURE, "product_image_url": OTHER, "product_text": "a red mug", "language": "en"}


async def test_an_ad_has_one_generation_for_each_variant(simulated: httpx.AsyncClient) -> None:
    before = (await simulated.get("/v1/balance")).json()["credits"]
    response = await simulated.post("/v1/generate/ad-copy", json={**AD, "variant_count": 2, "aspect_ratio": "9:16"})
    body = response.json()

    rows = [await result_of(simulated, f"/v1/generate/media/{one}") for one in body["generation_ids"]]
    assert body["generation_id"] == body["generation_ids"][0]
    assert len(set(body["generation_ids"])) == 2
    assert [row["status"] for row in rows] == ["completed", "completed"]
    assert all(row["outputs"][0]["width"] < row["outputs"][0]["height"] for row in rows)
    assert rows[0]["outputs"][0]["url"] != rows[1]["outputs"][0]["url"]
    contents = [(await simulated.get(row["outputs"][0]["url"])).content for row in rows]
    assert contents[0] != contents[1]
    charged = before - (await simulated.get("/v1/balance")).json()["credits"]
    assert charged == body["estimated_cost_credits"] == sum(row["credits_deducted"] for row in rows)


async def test_a_repeated_ad_with_one_key_buys_nothing(simulated: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k" * 255}
    body = {"reference_ad_url": PICTURE, "product_text": "a mug test:fail", "variant_count": 3}
    first = (await simulated.post("/v1/generate/ad-copy", json=body, headers=headers)).json()
    again = (await simulated.post("/v1/generate/ad-copy", json=body, headers=headers)).json()
    more = await simulated.post("/v1/generate/ad-copy", json={**body, "variant_count": 4}, headers=headers)

    assert len(first["generation_ids"]) == 3
    assert again["generation_ids"] == first["generation_ids"]
    assert (more.status_code, more.json()["code"]) == (409, "IDEMPOTENCY_MISMATCH")


async def test_credits_for_a_part_of_an_ad_start_nothing(
    rest: httpx.AsyncClient, server_harness: ServerHarness
) -> None:
    cost = (await rest.post("/v1/generate/ad-copy", json={**AD, "variant_count": 1})).json()["estimated_cost_credits"]
    await server_harness.wait_until_idle()
    headers = {"X-API-Key": await server_harness.create_key(plan=PlanName.FREE, credits=2 * cost)}

    refused = await rest.post("/v1/generate/ad-copy", json={**AD, "variant_count": 3}, headers=headers)

    assert (refused.status_code, refused.json()["creditsRequired"]) == (402, 3 * cost)
    assert (await rest.get("/v1/balance", headers=headers)).json()["credits"] == 2 * cost
    assert refused.headers["x-ratelimit-limit"] == "10"


async def test_a_limit_within_an_ad_lists_what_was_accepted(
    rest: httpx.AsyncClient, server_harness: ServerHarness
) -> None:
    headers = {"X-API-Key": await server_harness.create_key(plan=PlanName.FREE)}

    refused = await rest.post("/v1/generate/ad-copy", json={**AD, "variant_count": 2}, headers=headers)
    await server_harness.wait_until_idle()

    assert (refused.status_code, refused.json()["code"]) == (429, "RATE_LIMIT")
    assert len(refused.json()["accepted"]) == 1


async def test_the_stream_of_a_running_generation_ends_when_the_server_stops(
    rest: httpx.AsyncClient, server_harness: ServerHarness
) -> None:
    generation_id = await accept(rest, MEDIA)
    await server_harness.wait_until_idle()

    async with asyncio.timeout(20), rest.stream("GET", f"/v1/generate/media/{generation_id}/stream") as response:
        lines = response.aiter_lines()
        first = await anext(lines)
        server_harness.application.end_streams()
        rest_of_it = [line async for line in lines]

    assert first == "event: heartbeat"
    assert "event: result" not in rest_of_it
