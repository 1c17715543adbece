"""Requires: google-genai==3.6.1 google-cloud-texttospeech==2.38.0

Drives the Google emulator at the base URL given as the argument, and prints one JSON line.
"""

import base64
import json
import sys
import warnings
from collections.abc import Callable
from urllib.parse import urlsplit

from google import genai
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import texttospeech
from google.cloud.texttospeech_v1.services.text_to_speech.transports import TextToSpeechRestTransport
from google.genai import errors, types
from google.genai._interactions import APIStatusError
from google.oauth2.credentials import Credentials

KEY, TOKEN = "google-emulator-key-0123456789", "ya29.google-emulator-token"
IMAGE_MODEL, VEO_MODEL, OMNI_MODEL = "gemini-3.1-flash-image", "veo-3.1-generate-001", "gemini-omni-1.1-flash"
PICTURE = b"\x89PNG\r\n\x1a\n"


def main(base_url: str) -> None:
    warnings.simplefilter("ignore")  # the interactions API is experimental
    options = types.HttpOptions(base_url=base_url)
    gemini = genai.Client(api_key=KEY, http_options=options)
    vertex = genai.Client(vertexai=True, api_key=KEY, http_options=options)
    wrong = genai.Client(api_key="wrong", http_options=options)
    result = {
        "image": image(gemini),
        "video": video(vertex),
        "interaction": interaction(gemini),
        "speech": speech(base_url),
        "unauthorized": error_of(lambda: image(wrong)),
        "unknown": error_of(lambda: gemini.models.generate_content(model="gemini-9", contents="A red kite")),
        "invalid": error_of(lambda: image(gemini, aspect_ratio="7:1")),
    }
    sys.stdout.write(json.dumps(result) + "\n")


def image(client: genai.Client, *, aspect_ratio: str = "16:9") -> list[object]:
    config = types.GenerateContentConfig(
        response_modalities=["IMAGE"],
        seed=7,
        image_config=types.ImageConfig(aspect_ratio=aspect_ratio, image_size="2K"),
    )
    picture = types.Part.from_bytes(data=PICTURE, mime_type="image/png")
    response = client.models.generate_content(model=IMAGE_MODEL, contents=["A red kite", picture], config=config)
    images = [part.inline_data.data[1:4].decode() for part in response.parts if part.inline_data]
    return [images, response.candidates[0].finish_reason.value, response.usage_metadata.total_token_count]


def video(client: genai.Client) -> list[object]:
    operation = client.models.generate_videos(
        model=VEO_MODEL,
        source=types.GenerateVideosSource(
            prompt="A red kite", image=types.Image(image_bytes=PICTURE, mime_type="image/png")
        ),
        config=types.GenerateVideosConfig(duration_seconds=8, number_of_videos=1, seed=7),
    )
    started = bool(operation.done)
    operation = client.operations.get(operation)
    return [started, operation.done, operation.response.generated_videos[0].video.video_bytes[4:8].decode()]


def interaction(client: genai.Client) -> list[object]:
    picture = {"type": "image", "mime_type": "image/png", "data": base64.b64encode(PICTURE).decode()}
    started = client.interactions.create(
        model=OMNI_MODEL,
        input=[{"type": "text", "text": "A red kite"}, picture],
        background=True,
        response_modalities=["video"],
        response_format={"type": "video", "delivery": "uri", "aspect_ratio": "16:9", "duration": "8s"},
    )
    done = client.interactions.get(id=started.id)
    cancelled = error_of(lambda: client.interactions.cancel(id=started.id))
    client.interactions.delete(id=started.id)
    return [started.status, done.status, urlsplit(done.output_video.uri).path, cancelled]


def speech(base_url: str) -> list[object]:
    transport = TextToSpeechRestTransport(
        host=urlsplit(base_url).netloc, url_scheme="http", credentials=Credentials(TOKEN)
    )
    client = texttospeech.TextToSpeechClient(transport=transport)
    config = texttospeech.AudioConfig(audio_encoding=texttospeech.AudioEncoding.LINEAR16)

    def synthesize(name: str) -> bytes:
        voice = texttospeech.VoiceSelectionParams(language_code="en-US", name=name)
        text = texttospeech.SynthesisInput(ssml="<speak>Good morning.</speak>")
        response = client.synthesize_speech(input=text, voice=voice, audio_config=config)
        return bytes(response.audio_content)

    voices = [voice.name for voice in client.list_voices(language_code="de-DE").voices]
    return [synthesize("en-US-Neural2-C")[:4].decode(), voices, error_of(lambda: synthesize("en-US-Neural2-Z"))]


def error_of(call: Callable[[], object]) -> str:
    """Return the HTTP status and Google's word of the SDK's exception."""
    try:
        call()
    except errors.APIError as error:
        return f"{error.code} {error.status}"
    except GoogleAPICallError as error:
        return f"{error.code} {type(error).__name__}"
    except APIStatusError as error:  # of interactions
        return f"{error.status_code} {error.body['error']['status']}"
    return "none"


if __name__ == "__main__":
    main(sys.argv[1])
