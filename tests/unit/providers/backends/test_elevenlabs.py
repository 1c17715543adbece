"""The ElevenLabs backend against an emulator on a real socket."""

from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from kit.errors import ContentViolation, DoitongError, GenerationFailed, InvalidInput, ProviderUnavailable
from providers.backend import (
    JSON,
    BackendState,
    GenerationType,
    Job,
    JSONObject,
    SubmissionLost,
    UpstreamBusy,
)
from providers.backends.elevenlabs import (
    BASE_URL,
    DEFINITION,
    KEY,
    MAX_CONCURRENT_JOBS,
    MAX_KNOWN_VOICES,
    VOICE_ID,
    VOICES,
    ElevenLabsBackend,
)
from providers.settings import BackendContext
from tests.emulators.base import Scenario
from tests.emulators.elevenlabs import ADAM, NARRATOR, RACHEL, ElevenLabsEmulator
from tests.emulators.elevenlabs import KEY as API_KEY
from tests.emulators.media import media_file
from tests.emulators.serving import EmulatorServer
from tests.support.asgi_server import free_socket
from tests.support.backend_harness import Connection, refusal
from tests.support.manual_clock import ManualClock

pytestmark = pytest.mark.anyio

SPEECH: JSONObject = {"text": "Good morning.", "voice": "rachel", "format": "mp3", "seed": 7}
MUSIC: JSONObject = {"prompt": "A slow waltz", "duration": 12.5, "force_instrumental": True}


Connect = Connection[ElevenLabsEmulator, ElevenLabsBackend]


@pytest.fixture
def elevenlabs(server: EmulatorServer) -> Connect:
    return Connect(server, ElevenLabsEmulator, backend_at)


def backend_at(url: str, *, key: str = API_KEY, **settings: str) -> ElevenLabsBackend:
    backend = DEFINITION.create(BackendContext({KEY: key, BASE_URL: url, **settings}, ManualClock()))
    assert isinstance(backend, ElevenLabsBackend)
    return backend


def a_job(workspace: Path, *, id: str = "gen_1-1", model: str | None = "eleven_v3", **parameters: JSON) -> Job:
    """Return a job of speech with these parameters."""
    return _job(workspace, GenerationType.AUDIO, id, model, {**SPEECH, **parameters})


def a_music_job(workspace: Path, **parameters: JSON) -> Job:
    return _job(workspace, GenerationType.MUSIC, "gen_1-1", "music_v2", {**MUSIC, **parameters})


def _job(workspace: Path, type: GenerationType, id: str, model: str | None, parameters: JSONObject) -> Job:
    return Job(
        id="gen_1",
        client_request_id=id,
        type=type,
        provider="elevenlabs",
        model=model,
        mode="text-to-speech",
        input={"text": "Good morning."},
        options={},
        seed=7,
        workspace=workspace,
        parameters=parameters,
    )


def paths(emulator: ElevenLabsEmulator) -> list[str]:
    return [request.path for request in emulator.requests]


async def test_speech_is_one_request_whose_response_is_the_sound(elevenlabs: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, voice_settings={"stability": 0.4, "speed": 1.1})

    async with elevenlabs() as (emulator, backend):
        accepted = await backend.submit(job)

    [request] = emulator.requests
    assert (request.method, request.path) == ("POST", f"/v1/text-to-speech/{RACHEL}")
    assert request.query == "output_format=mp3_44100_128"
    assert request.headers["xi-api-key"] == API_KEY
    assert orjson.loads(request.body) == {
        "text": "Good morning.",
        "seed": 7,
        "voice_settings": {"stability": 0.4, "speed": 1.1},
        "model_id": "eleven_v3",
    }
    assert accepted.reference == {}
    assert accepted.result is not None
    assert accepted.result.state is BackendState.SUCCEEDED
    assert accepted.result.cost == {"amount": 13, "unit": "characters"}
    [output] = accepted.result.outputs
    assert output.media_type == "audio/mpeg"
    assert output.path is not None
    assert output.path.read_bytes() == media_file("speech.mp3")[1]


async def test_music_is_one_request_with_its_length_in_milliseconds(elevenlabs: Connect, tmp_path: Path) -> None:
    async with elevenlabs() as (emulator, backend):
        accepted = await backend.submit(a_music_job(tmp_path))

    [request] = emulator.requests
    assert (request.path, request.query) == ("/v1/music", "output_format=mp3_44100_128")
    assert orjson.loads(request.body) == {
        "prompt": "A slow waltz",
        "force_instrumental": True,
        "music_length_ms": 12_500,
        "model_id": "music_v2",
    }
    assert accepted.result is not None
    assert accepted.result.outputs[0].media_type == "audio/mpeg"


@pytest.mark.parametrize(
    ("name", "output_format", "media_type"),
    [
        (None, "mp3_44100_128", "audio/mpeg"),
        ("wav", "wav_24000", "audio/wav"),
        ("opus", "opus_48000_128", "audio/ogg"),
        ("mp3_44100_192", "mp3_44100_192", "audio/mpeg"),
    ],
)
async def test_a_format_has_the_name_that_the_api_gives_it(
    elevenlabs: Connect, tmp_path: Path, name: str | None, output_format: str, media_type: str
) -> None:
    async with elevenlabs() as (emulator, backend):
        accepted = await backend.submit(a_job(tmp_path, format=name))

    assert emulator.requests[0].query == f"output_format={output_format}"
    assert accepted.result is not None
    assert accepted.result.outputs[0].media_type == media_type


@pytest.mark.parametrize("name", ["flac", "pcm_16000", "mp3_44100_128&x=y"])
async def test_a_format_that_the_api_does_not_make_is_invalid(elevenlabs: Connect, tmp_path: Path, name: str) -> None:
    async with elevenlabs() as (emulator, backend):
        error = await refusal(backend, a_job(tmp_path, format=name))

    assert isinstance(error, InvalidInput)
    assert error.field == "input.options.format"
    assert error.extensions["allowedValues"] == ["mp3", "wav", "opus"]
    assert emulator.requests == []


async def test_music_is_not_made_as_wav(elevenlabs: Connect, tmp_path: Path) -> None:
    async with elevenlabs() as (_, backend):
        error = await refusal(backend, a_music_job(tmp_path, format="wav"))

    assert isinstance(error, InvalidInput)


async def test_a_language_tag_is_sent_as_its_language(elevenlabs: Connect, tmp_path: Path) -> None:
    async with elevenlabs() as (emulator, backend):
        await backend.submit(a_job(tmp_path, language_code="pt-BR"))

    assert orjson.loads(emulator.requests[0].body)["language_code"] == "pt"


@pytest.mark.parametrize(
    ("voice", "id"), [("Adam", ADAM), (" rachel ", RACHEL), (NARRATOR, NARRATOR), (None, RACHEL), ("", RACHEL)]
)
async def test_a_premade_voice_and_an_id_need_no_lookup(
    elevenlabs: Connect, tmp_path: Path, voice: str | None, id: str
) -> None:
    async with elevenlabs() as (emulator, backend):
        await backend.submit(a_job(tmp_path, voice=voice))

    assert paths(emulator) == [f"/v1/text-to-speech/{id}"]


@pytest.mark.parametrize("voice", ["harbour narrator", "Harbour", "Harbour Narrator - Slow"])
async def test_a_voice_of_the_account_is_looked_up_once(elevenlabs: Connect, tmp_path: Path, voice: str) -> None:
    async with elevenlabs() as (emulator, backend):
        await backend.submit(a_job(tmp_path, voice=voice))
        await backend.submit(a_job(tmp_path, voice=voice.upper(), id="gen_1-2"))

    speech = f"/v1/text-to-speech/{NARRATOR}"
    assert paths(emulator) == ["/v2/voices", speech, speech]
    assert emulator.requests[0].query.endswith("&page_size=100")


async def test_an_unknown_voice_is_invalid_and_nothing_is_bought(elevenlabs: Connect, tmp_path: Path) -> None:
    async with elevenlabs() as (emulator, backend):
        error = await refusal(backend, a_job(tmp_path, voice="../../v1/user"))

    assert isinstance(error, InvalidInput)
    assert error.field == "input.options.voice"
    assert "rachel" in error.message
    assert paths(emulator) == ["/v2/voices"]
    assert not emulator.purchases


async def test_a_key_that_may_not_list_voices_still_speaks_with_premade_ones(
    elevenlabs: Connect, tmp_path: Path
) -> None:
    async with elevenlabs() as (emulator, backend):
        emulator.can_list_voices = False
        error = await refusal(backend, a_job(tmp_path, voice="harbour"))
        await backend.submit(a_job(tmp_path))

    assert isinstance(error, InvalidInput)
    assert error.field == "input.options.voice"


async def test_a_lookup_that_fails_is_a_refusal_since_nothing_was_bought(elevenlabs: Connect, tmp_path: Path) -> None:
    async with elevenlabs(Scenario.POLL_ERROR_ONCE) as (emulator, backend):
        error = await refusal(backend, a_job(tmp_path, voice="harbour"))
        await backend.submit(a_job(tmp_path, voice="harbour"))

    assert isinstance(error, ProviderUnavailable)
    assert emulator.purchases.total() == 1


async def test_a_voice_that_was_deleted_is_looked_up_again(elevenlabs: Connect, tmp_path: Path) -> None:
    async with elevenlabs() as (emulator, backend):
        await backend.submit(a_job(tmp_path, voice="harbour"))
        del emulator.voices[NARRATOR]
        first = await refusal(backend, a_job(tmp_path, voice="harbour"))
        second = await refusal(backend, a_job(tmp_path, voice="harbour"))

    assert isinstance(first, InvalidInput)
    assert isinstance(second, InvalidInput)
    assert paths(emulator).count("/v2/voices") == 2


async def test_the_voices_that_are_remembered_are_bounded(elevenlabs: Connect, tmp_path: Path) -> None:
    async with elevenlabs() as (_, backend):
        for number in range(MAX_KNOWN_VOICES):
            backend.remember_voice(f"voice {number}", RACHEL)
        await backend.submit(a_job(tmp_path, voice="harbour"))
        backend.remember_voice("one more", RACHEL)

    assert len(backend.known_voices) == MAX_KNOWN_VOICES
    assert backend.known_voices["harbour"] == NARRATOR


def test_premade_voices_have_ids_and_names_are_no_ids() -> None:
    assert all(VOICE_ID.fullmatch(id) for id in VOICES.values())
    assert not any(VOICE_ID.fullmatch(name) for name in (*VOICES, "professionalnarrator", "Professionalnarrator"))


@pytest.mark.parametrize("with_code", [False, True])
@pytest.mark.parametrize(
    ("status", "code", "error", "retryable"),
    [
        (401, "quota_exceeded", ProviderUnavailable, False),
        (402, "payment_required", ProviderUnavailable, False),
        (401, "detected_unusual_activity", ProviderUnavailable, False),
        (403, "subscription_required", ProviderUnavailable, False),
        (400, "model_not_found", ProviderUnavailable, None),
        (400, "content_policy_violation", ContentViolation, None),
        (400, "bad_prompt", ContentViolation, None),
        (404, "voice_not_found", InvalidInput, None),
        (400, "max_character_limit_exceeded", InvalidInput, None),
        (400, "invalid_voice_settings", InvalidInput, None),
    ],
)
async def test_the_code_of_an_error_decides_what_it_is(
    elevenlabs: Connect,
    tmp_path: Path,
    status: int,
    code: str,
    error: type[DoitongError],
    retryable: bool | None,
    with_code: bool,
) -> None:
    async with elevenlabs() as (emulator, backend):
        emulator.error, emulator.with_code = (status, code), with_code
        refused = await refusal(backend, a_job(tmp_path))

    assert type(refused) is error
    assert refused.extensions.get("retryable") == retryable
    if code == "quota_exceeded":
        assert "balance" in refused.message


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"text": "Hello.", "voice_settings": {"speed": 2.0}}, "Invalid setting speed: 2.0"),
        ({"text": "Hello.", "emotion": "happy"}, "Extra inputs are not permitted"),
    ],
)
async def test_an_invalid_request_is_refused_with_the_upstreams_explanation(
    elevenlabs: Connect, tmp_path: Path, parameters: JSONObject, words: str
) -> None:
    async with elevenlabs() as (emulator, backend):
        error = await refusal(backend, _job(tmp_path, GenerationType.AUDIO, "gen_1-1", None, parameters))

    assert isinstance(error, InvalidInput)
    assert words in error.message
    assert not emulator.purchases


async def test_a_text_that_is_too_long_names_the_text(elevenlabs: Connect, tmp_path: Path) -> None:
    async with elevenlabs() as (_, backend):
        error = await refusal(backend, a_job(tmp_path, text="x" * 10_001))

    assert error.field == "input.input.text"


@pytest.mark.parametrize(
    ("scenario", "delay"),
    [
        (Scenario.BUSY_ONCE, timedelta(seconds=1)),
        (Scenario.BUSY_WITHOUT_RETRY_AFTER, None),
        (Scenario.UNAVAILABLE_ONCE, None),
    ],
)
async def test_a_busy_upstream_takes_the_job_later(
    elevenlabs: Connect, tmp_path: Path, scenario: Scenario, delay: timedelta | None
) -> None:
    job = a_job(tmp_path)

    async with elevenlabs(scenario) as (emulator, backend):
        with pytest.raises(UpstreamBusy) as busy:
            await backend.submit(job)
        await backend.submit(job)

    assert busy.value.retry_after == delay
    assert emulator.purchases.total() == 1


@pytest.mark.parametrize("scenario", [Scenario.LOST_ANSWER, Scenario.SERVER_ERROR_ONCE])
@pytest.mark.parametrize("make", [a_job, a_music_job])
async def test_a_job_whose_response_is_missing_is_lost(
    elevenlabs: Connect, tmp_path: Path, make: type, scenario: Scenario
) -> None:
    job = make(tmp_path)

    async with elevenlabs(scenario) as (emulator, backend):
        with pytest.raises(SubmissionLost):
            await backend.submit(job)
        with pytest.raises(SubmissionLost):
            await backend.find_job(job)

    assert len(emulator.requests) == 1


async def test_a_result_is_found_by_the_next_process(elevenlabs: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path)

    async with elevenlabs() as (_, backend):
        accepted = await backend.submit(job)
    successor = backend_at("http://127.0.0.1:9")

    assert await successor.find_job(job) == accepted
    assert await successor.poll(job, {}) == accepted.result


@pytest.mark.parametrize("scenario", [Scenario.EMPTY_SUCCESS, Scenario.OUTPUT_WRONG_TYPE])
async def test_success_without_sound_has_failed(elevenlabs: Connect, tmp_path: Path, scenario: Scenario) -> None:
    async with elevenlabs(scenario) as (_, backend):
        accepted = await backend.submit(a_job(tmp_path))

    assert accepted.result is not None
    assert accepted.result.state is BackendState.FAILED
    assert isinstance(accepted.result.error, GenerationFailed)


async def test_a_wrong_key_is_not_the_clients_fault_and_stays_secret(elevenlabs: Connect, tmp_path: Path) -> None:
    async with elevenlabs(key="sk_wrong_secret") as (_, backend):
        refused = await refusal(backend, a_job(tmp_path))
        looked_up = await refusal(backend, a_job(tmp_path, voice="harbour"))
        with pytest.raises(ProviderUnavailable) as unavailable:
            await backend.check_credentials()

    for error in (refused, looked_up, unavailable.value):
        assert isinstance(error, ProviderUnavailable)
        assert error.extensions == {"retryable": False}
        assert "sk_wrong_secret" not in error.message


async def test_the_credentials_are_checked_without_buying(elevenlabs: Connect) -> None:
    async with elevenlabs() as (emulator, backend):
        assert await backend.check_credentials()

    assert paths(emulator) == ["/v1/user"]
    assert not emulator.purchases


async def test_an_unreachable_upstream_has_certainly_not_taken_the_job(tmp_path: Path) -> None:
    bound, url = free_socket()
    bound.close()

    assert isinstance(await refusal(backend_at(url), a_job(tmp_path)), ProviderUnavailable)
    assert isinstance(await refusal(backend_at(url), a_job(tmp_path, voice="harbour")), ProviderUnavailable)


def test_the_plan_limits_the_jobs_at_a_time() -> None:
    assert backend_at("http://127.0.0.1:9").max_concurrent_jobs is None
    assert backend_at("http://127.0.0.1:9", **{MAX_CONCURRENT_JOBS: "5"}).max_concurrent_jobs == 5


def test_the_key_is_required() -> None:
    assert backend_at("http://127.0.0.1:9", key="").unavailable_because() == "DOITONG_ELEVENLABS_API_KEY is not set"
    assert backend_at("http://127.0.0.1:9").unavailable_because() is None


def test_callbacks_are_not_understood(tmp_path: Path) -> None:
    backend = backend_at("http://127.0.0.1:9")

    assert backend.takes_callbacks is False
    assert backend.parse_callback(a_job(tmp_path), {}, headers={}, body=b"\xff") is None
