"""Requires: elevenlabs==2.78.0

Drives the ElevenLabs emulator at the base URL given as the argument, and prints one JSON line.
"""

import json
import sys
from collections.abc import Callable

from elevenlabs import ElevenLabs, VoiceSettings
from elevenlabs.core.api_error import ApiError

KEY = "sk_elevenlabs_emulator_0123456789"
RACHEL = "21m00Tcm4TlvDq8ikWAM"


def main(base_url: str) -> None:
    client = ElevenLabs(api_key=KEY, base_url=base_url)
    speech = client.text_to_speech.with_raw_response.convert(
        RACHEL,
        text="Good morning.",
        model_id="eleven_multilingual_v2",
        output_format="mp3_44100_128",
        voice_settings=VoiceSettings(stability=0.4, speed=1.1),
        seed=7,
    )
    with speech as response:
        sound, cost = b"".join(response.data), response.headers["character-cost"]
    music = b"".join(client.music.compose(prompt="A slow waltz", music_length_ms=12_500, model_id="music_v2"))
    voices = client.voices.search(search="harbour", page_size=100)
    result = {
        "speech": len(sound) > 1000,
        "characters": cost,
        "music": len(music) > 1000,
        "voices": [voice.name for voice in voices.voices],
        "tier": client.user.get().subscription.tier,
        "unknown": error_of(lambda: b"".join(client.text_to_speech.convert("unknown", text="Good morning."))),
        "invalid": error_of(lambda: b"".join(client.music.compose(prompt="A waltz", music_length_ms=1))),
        "unauthorized": error_of(ElevenLabs(api_key="wrong", base_url=base_url).user.get),
    }
    sys.stdout.write(json.dumps(result) + "\n")


def error_of(call: Callable[[], object]) -> str:
    """Return the HTTP status of the SDK's exception and the status of the error."""
    try:
        call()
    except ApiError as error:
        detail = error.body["detail"]
        return f"{error.status_code} {detail['status'] if isinstance(detail, dict) else detail[0]['msg']}"
    return "none"


if __name__ == "__main__":
    main(sys.argv[1])
