"""Options of speech, music and avatars take effect, or an adjustment names them."""

import hashlib
from typing import Any

import httpx
import pytest

from cli.client.graphql_client import Client
from cli.errors import CommandError
from tests.support.cli_process import create_key
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

GENERATE = """
mutation ($input: GenerateInput!) {
  generate(input: $input, wait: 60) {
    status url error { code message }
    metadata { adjustments { field requested used reason } }
  }
}"""
HANG = """mutation {
  generate(input: { type: IMAGE, provider: "flux-pro", input: { text: "test:hang" } }) { id }
}"""
CANCEL = "mutation ($id: ID!) { generationCancel(id: $id) { id status creditCost } }"
LIVE = """mutation {
  generate(input: { type: VIDEO, provider: "kling", input: { text: "a bird" } }) { id }
}"""
SPEECH: dict[str, Any] = {"type": "AUDIO", "input": {"text": "Hola."}}
AVATAR: dict[str, Any] = {"type": "AVATAR", "provider": "heygen", "input": {"text": "Hello."}}
MUSIC: dict[str, Any] = {"type": "MUSIC", "provider": "suno", "input": {"text": "rain"}}
SMALL = {"resolution": "480p"}


async def generate(client: Client, request: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return a completed generation with its adjustments by field."""
    generation: dict[str, Any] = (await client.execute(GENERATE, {"input": {**request, "options": options}}))[
        "generate"
    ]
    assert generation["status"] == "COMPLETED", generation
    return {**generation, "adjustments": {item["field"]: item for item in generation["metadata"]["adjustments"]}}


async def digest(generation: dict[str, Any]) -> str:
    async with httpx.AsyncClient(trust_env=False) as http:
        return hashlib.sha256((await http.get(generation["url"])).raise_for_status().content).hexdigest()


@pytest.mark.parametrize("provider", ["google-tts", "elevenlabs", "local-speech"])
async def test_a_language_takes_precedence_over_the_default_voice(client: Client, provider: str) -> None:
    request = {**SPEECH, "provider": provider}

    plain, spanish = await generate(client, request), await generate(client, request, language="es")
    german = await generate(client, request, language="de")

    assert await digest(spanish) != await digest(plain) == await digest(german)
    assert (plain["adjustments"], spanish["adjustments"]) == ({}, {})
    assert german["adjustments"].keys() == {"options.language"}
    assert german["adjustments"]["options.language"]["requested"] == "de"
    assert "English" in german["adjustments"]["options.language"]["reason"]


async def test_a_requested_voice_takes_precedence_over_the_language(client: Client) -> None:
    generation = await generate(client, {**SPEECH, "provider": "elevenlabs"}, voice="rachel", language="es")

    assert generation["adjustments"].keys() == {"options.language"}
    assert generation["adjustments"]["options.language"]["used"] == "en"


@pytest.mark.parametrize(
    ("request_", "options", "field"),
    [
        ({**SPEECH, "provider": "elevenlabs"}, {"emotion": "wibble"}, "emotion"),
        ({**SPEECH, "provider": "google-tts"}, {"voice": "nosuchvoice"}, "voice"),
        ({**SPEECH, "provider": "elevenlabs"}, {"model": "eleven_v3"}, "model"),
        (AVATAR, {"avatarId": "nobody-99", **SMALL}, "avatarId"),
        (AVATAR, {"gesture": "backflip", **SMALL}, "gesture"),
        (AVATAR, {"background": "wibble wobble", **SMALL}, "background"),
        (MUSIC, {"style": "blurble", "duration": 5}, "style"),
    ],
)
async def test_an_unknown_value_is_an_adjustment(
    client: Client, request_: dict[str, Any], options: dict[str, Any], field: str
) -> None:
    generation = await generate(client, request_, **options)

    assert generation["adjustments"].keys() == {f"options.{field}"}
    adjustment = generation["adjustments"][f"options.{field}"]
    assert adjustment["requested"] == options[field]
    assert adjustment["reason"]


async def test_unsung_lyrics_are_an_adjustment(client: Client) -> None:
    request = {**MUSIC, "input": {"text": "rain", "lyrics": "Drip, drop"}}

    with_lyrics = await generate(client, request, duration=5)
    instrumental = await generate(client, request, duration=5, instrumental=True)

    assert "no local voice sings" in with_lyrics["adjustments"]["input.lyrics"]["reason"]
    assert "instrumental" in instrumental["adjustments"]["input.lyrics"]["reason"]


async def test_ssml_has_its_pause_and_no_adjustment(client: Client) -> None:
    async def seconds(text: str) -> float:
        request = {"type": "AUDIO", "provider": "google-tts", "input": {"text": text}}
        generation = await generate(client, request, format="wav")
        assert generation["adjustments"] == {}
        async with httpx.AsyncClient(trust_env=False) as http:
            return len((await http.get(generation["url"])).content) / (2 * 24_000)

    plain = await seconds("Good evening.")
    paused = await seconds('<speak><emphasis>Good evening.</emphasis><break time="2s"/></speak>')

    assert plain + 1.5 < paused < plain + 2.5


@pytest.mark.parametrize("directive", ["test:failure", "test:delay=-1", "test:delay=1e9"])
async def test_a_misspelled_test_directive_is_rejected(server: ServerProcess, directive: str) -> None:
    request = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": f"a fox {directive}"}}
    async with Client.open(server.url, server.key) as client:
        with pytest.raises(CommandError) as error:
            await client.generate(**request)

    assert directive in str(error.value)


async def test_words_that_are_not_drawn_and_misspelled_voices_are_named(client: Client) -> None:
    image = {
        "type": "IMAGE",
        "provider": "flux-pro",
        "input": {"text": "A beautiful fox playing chess in a forest"},
    }
    drawn = await generate(client, image, width=256, height=256)
    spoken = await generate(client, {**SPEECH, "provider": "elevenlabs"}, voice="rachl")

    assert drawn["adjustments"]["input.text"]["requested"] == "playing, chess"
    assert "did you mean 'rachel'?" in spoken["adjustments"]["options.voice"]["reason"]


async def test_a_cancelled_generation_is_returned(client: Client) -> None:
    accepted = await client.execute(HANG)
    cancelled = await client.execute(CANCEL, {"id": accepted["generate"]["id"]})

    assert cancelled["generationCancel"] == {"id": accepted["generate"]["id"], "status": "CANCELLED", "creditCost": 20}


async def test_waiting_does_not_help_where_a_provider_is_not_configured(server: ServerProcess, client: Client) -> None:
    key = create_key(server)
    body = {"query": LIVE}
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        response = await http.post("/graphql", json=body, headers={"authorization": f"Bearer {key}"})

    extensions = response.json()["errors"][0]["extensions"]
    assert (response.status_code, extensions["code"], extensions["retryable"]) == (503, "PROVIDER_UNAVAILABLE", False)
