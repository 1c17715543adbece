"""Every document shape published for Doitong runs on the one schema, each with its variables."""

from typing import Any

import httpx
import pytest

from cli.client.graphql_client import Client
from tests.acceptance.server_process import ServerProcess

pytestmark = pytest.mark.anyio

TEXT = "a lighthouse test:hang"
PHOTO = "https://example.com/portrait.jpg"
GENERATE = "mutation Generate($input: GenerateInput!) { generate(input: $input) { %s } }"
# Name, document, variables, and the path to what must have come of it.
ACCEPTED: list[tuple[str, str, dict[str, Any]]] = [
    (
        "the portal's curl: metadata with fields, literals inline",
        'mutation { generate(input: { type: VIDEO, provider: "kling", input: { text: "a lighthouse test:hang" }, '
        'priority: QUALITY, options: { duration: 5, aspectRatio: "16:9", mode: "pro" } }) '
        "{ id status url metadata { duration resolution } } }",
        {},
    ),
    (
        "metadata and error as leaves, enums as strings",
        GENERATE % "id type provider status progress url metadata creditCost estimatedTime createdAt error errorCode",
        {"input": {"type": "VIDEO", "provider": "minimax", "input": {"text": TEXT}, "priority": "QUALITY",
                   "options": {"duration": 10, "resolution": "1080p", "style": "cinematic"}}},
    ),
    (
        "metadata as a leaf beside error with fields",
        GENERATE % "id status url metadata error { code message }",
        {"input": {"type": "VIDEO", "provider": "runway", "input": {"text": TEXT, "image": PHOTO},
                   "options": {"motionIntensity": "high", "model": "gen-3"}}},
    ),
    ("no provider", GENERATE % "id status provider", {"input": {"type": "IMAGE", "input": {"text": TEXT}}}),
    (
        "an avatar with voice under input and avatar under options",
        GENERATE % "id status webhookUrl",
        {"input": {"type": "AVATAR", "provider": "heygen", "input": {"text": TEXT, "voice": "professional_female"},
                   "options": {"avatarId": "kate", "background": "modern_office", "gesture": "friendly"},
                   "webhookUrl": "https://example.com/hook"}},
    ),
    (
        "an avatar the other way round",
        GENERATE % "id status",
        {"input": {"type": "AVATAR", "provider": "hedra", "input": {"text": TEXT, "avatarId": "professional-1"},
                   "options": {"voice": "en-US-neural"}}},
    ),
    (
        "speech with voice under options",
        GENERATE % "id status",
        {"input": {"type": "AUDIO", "provider": "elevenlabs", "input": {"text": TEXT},
                   "options": {"voice": "rachel", "emotion": "excited", "speed": 1.0}}},
    ),
    (
        "a picture by aspect ratio",
        GENERATE % "id status",
        {"input": {"type": "IMAGE", "provider": "flux-ultra", "input": {"text": TEXT},
                   "options": {"aspectRatio": "16:9", "quality": "ultra", "seed": 42}}},
    ),
    (
        "generateImage",
        "mutation Image($input: ImageGenerationInput!) { generateImage(input: $input) { id url width height } }",
        {"input": {"service": "flux-pro", "prompt": TEXT, "width": 1024, "height": 1024}},
    ),
    (
        "generateSpeech",
        "mutation GenerateSpeech($input: TTSInput!) { generateSpeech(input: $input) { id audioUrl duration } }",
        {"input": {"service": "google-tts", "text": TEXT, "voice": "en-US-neural", "speed": 1.0}},
    ),
    (
        "generateAvatar",
        "mutation Avatar($input: AvatarGenerationInput!) { generateAvatar(input: $input) { id status videoUrl } }",
        {"input": {"service": "hedra", "text": TEXT, "avatarId": "professional-1", "voice": "en-US-neural"}},
    ),
    (
        "animateImage",
        "mutation AnimateImage($input: ImageAnimationInput!) { animateImage(input: $input) { id status url } }",
        {"input": {"service": "runway-i2v", "imageUrl": PHOTO, "duration": 5, "motionIntensity": "medium",
                   "prompt": "test:hang"}},
    ),
    (
        "videoCreate as Apollo sends it",
        "mutation Video($input: VideoCreateInput!) { videoCreate(input: $input) { id status videoUrl __typename } }",
        {"input": {"prompt": TEXT, "model": "luma", "duration": 9}},
    ),
    (
        "generateMusic",
        "mutation ($input: MusicGenerationInput!) { generateMusic(input: $input) { id status } }",
        {"input": {"prompt": TEXT, "title": "Home"}},
    ),
]  # fmt: skip
PROVIDERS = """query GetProviders($type: GenerationType!) { providers(type: $type) {
  id name description features limitations pricing { creditCost estimatedTime }
  options { name type required description allowedValues } } }"""


@pytest.mark.parametrize(("name", "document", "variables"), ACCEPTED, ids=[name for name, *_ in ACCEPTED])
async def test_it_is_accepted_and_can_be_read_and_cancelled(
    client: Client, name: str, document: str, variables: dict[str, Any]
) -> None:
    [accepted] = (await client.execute(document, variables)).values()
    read = await client.execute(
        "query GetGeneration($id: ID!) { generation(id: $id) { id status progress url creditCost } }",
        {"id": accepted["id"]},
    )
    cancelled = await client.execute(
        "mutation CancelGeneration($id: ID!) { cancelGeneration(id: $id) }", {"id": accepted["id"]}
    )

    assert read["generation"]["id"] == accepted["id"]
    assert read["generation"]["creditCost"] > 0
    assert cancelled == {"cancelGeneration": True}


async def test_a_leaf_error_is_a_text_and_brings_the_status_in_lower_case(client: Client) -> None:
    refused = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "x test:content_violation"}}
    generate = "mutation ($input: GenerateInput!) { generate(input: $input, wait: 30) { %s } }"

    flat = (await client.execute(generate % "status error errorCode", {"input": refused}))["generate"]
    nested = (await client.execute(generate % "status error { code message }", {"input": refused}))["generate"]

    assert flat["status"] == "failed"
    assert flat["errorCode"] == "CONTENT_VIOLATION"
    assert isinstance(flat["error"], str)
    assert nested["status"] == "FAILED"
    assert nested["error"] == {"code": "CONTENT_VIOLATION", "message": flat["error"]}


async def test_leaf_metadata_holds_what_the_object_does(client: Client) -> None:
    document = GENERATE % "leaf: metadata whole: metadata { seed simulated adjustments { field used } }"
    sample = {"type": "VIDEO", "provider": "luma", "input": {"text": TEXT}, "options": {"duration": 9, "seed": 7}}
    made = (await client.execute(document, {"input": sample}))["generate"]

    assert made["leaf"]["seed"] == made["whole"]["seed"] == 7
    assert made["leaf"]["simulated"] is made["whole"]["simulated"] is True
    assert made["whole"]["adjustments"] == [{"field": "options.duration", "used": 5}]


@pytest.mark.parametrize("type_", ["VIDEO", "IMAGE", "AUDIO", "AVATAR", "MUSIC"])
async def test_the_providers_query_lists_every_type(client: Client, type_: str) -> None:
    providers = (await client.execute(PROVIDERS, {"type": type_}))["providers"]

    assert providers
    for provider in providers:
        assert provider["pricing"]["creditCost"] > 0
        assert provider["options"]


async def test_a_success_has_no_errors_key_and_a_replay_says_so(server: ServerProcess) -> None:
    body = {"query": GENERATE % "id", "variables": {"input": {"type": "IMAGE", "input": {"text": TEXT}}}}
    headers = {"authorization": f"Bearer {server.key}", "idempotency-key": "unique-request-id-123"}
    async with httpx.AsyncClient(trust_env=False) as http:
        first = await http.post(f"{server.url}/graphql", json=body, headers=headers)
        second = await http.post(f"{server.url}/graphql", json=body, headers=headers)
        other = {**body, "variables": {"input": {"type": "IMAGE", "input": {"text": "another"}}}}
        mismatch = await http.post(f"{server.url}/graphql", json=other, headers=headers)

    assert set(first.json()) == {"data"}
    assert first.json() == second.json()
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert mismatch.status_code == 409
    assert mismatch.json()["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_MISMATCH"
