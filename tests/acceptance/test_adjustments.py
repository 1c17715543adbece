"""What a request asks of sounds and avatars is done over the real path, or an adjustment names it."""

import hashlib
from typing import Any

import httpx
import pytest

from cli.client.graphql_client import Client
from cli.errors import CommandError
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

MAKE = """
mutation ($input: GenerateInput!) {
  generate(input: $input, wait: 60) {
    status url error { code message }
    metadata { adjustments { field requested used reason } }
  }
}"""
SPEECH: dict[str, Any] = {"type": "AUDIO", "input": {"text": "Hola."}}
AVATAR: dict[str, Any] = {"type": "AVATAR", "provider": "heygen", "input": {"text": "Hello."}}
MUSIC: dict[str, Any] = {"type": "MUSIC", "provider": "suno", "input": {"text": "rain"}}
SMALL = {"resolution": "480p"}


async def make(client: Client, request: dict[str, Any], **options: Any) -> dict[str, Any]:
    """A generation that was completed, with its adjustments by field."""
    made: dict[str, Any] = (await client.execute(MAKE, {"input": {**request, "options": options}}))["generate"]
    assert made["status"] == "COMPLETED", made
    return {**made, "told": {told["field"]: told for told in made["metadata"]["adjustments"]}}


async def digest(made: dict[str, Any]) -> str:
    async with httpx.AsyncClient(trust_env=False) as http:
        return hashlib.sha256((await http.get(made["url"])).raise_for_status().content).hexdigest()


@pytest.mark.parametrize("provider", ["google-tts", "elevenlabs", "local-speech"])
async def test_a_language_is_heard_although_the_provider_has_a_voice_by_default(client: Client, provider: str) -> None:
    request = {**SPEECH, "provider": provider}

    plain, spanish = await make(client, request), await make(client, request, language="es")
    german = await make(client, request, language="de")

    assert await digest(spanish) != await digest(plain) == await digest(german)
    assert (plain["told"], spanish["told"]) == ({}, {})
    assert german["told"].keys() == {"options.language"}
    assert german["told"]["options.language"]["requested"] == "de"
    assert "English" in german["told"]["options.language"]["reason"]


async def test_a_voice_that_is_asked_for_wins_over_the_language(client: Client) -> None:
    made = await make(client, {**SPEECH, "provider": "elevenlabs"}, voice="rachel", language="es")

    assert made["told"].keys() == {"options.language"}
    assert made["told"]["options.language"]["used"] == "en"


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
async def test_a_value_that_is_not_known_is_named(
    client: Client, request_: dict[str, Any], options: dict[str, Any], field: str
) -> None:
    made = await make(client, request_, **options)

    assert made["told"].keys() == {f"options.{field}"}
    told = made["told"][f"options.{field}"]
    assert told["requested"] == options[field]
    assert told["reason"]


async def test_nobody_sings_and_that_is_said(client: Client) -> None:
    request = {**MUSIC, "input": {"text": "rain", "lyrics": "Drip, drop"}}

    sung = await make(client, request, duration=5)
    played = await make(client, request, duration=5, instrumental=True)

    assert "no local voice sings" in sung["told"]["input.lyrics"]["reason"]
    assert "instrumental" in played["told"]["input.lyrics"]["reason"]


async def test_marked_up_speech_has_a_pause_and_no_tags(client: Client) -> None:
    async def seconds(text: str) -> float:
        request = {"type": "AUDIO", "provider": "google-tts", "input": {"text": text}}
        made = await make(client, request, format="wav")
        assert made["told"] == {}
        async with httpx.AsyncClient(trust_env=False) as http:
            return len((await http.get(made["url"])).content) / (2 * 24_000)

    plain = await seconds("Good evening.")
    paused = await seconds('<speak><emphasis>Good evening.</emphasis><break time="2s"/></speak>')

    assert plain + 1.5 < paused < plain + 2.5


@pytest.mark.parametrize("word", ["test:failure", "test:delay=-1", "test:delay=1e9"])
async def test_a_misspelled_outcome_is_refused_under_a_test_key(server: ServerProcess, word: str) -> None:
    request = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": f"a fox {word}"}}
    async with Client.open(server.url, server.key) as client:
        with pytest.raises(CommandError) as refused:
            await client.generate(**request)

    assert word in str(refused.value)
