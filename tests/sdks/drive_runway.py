"""Requires: runwayml==5.24.0

Drives the Runway emulator at the base URL given as the argument, and prints one JSON line.
"""

import json
import sys
from collections.abc import Callable

import runwayml
from runwayml import RunwayML

KEY = "key_runway_emulator"
IMAGE = "data:image/png;base64,iVBORw0KGgo="


def main(base_url: str) -> None:
    client = RunwayML(api_key=KEY, base_url=base_url, max_retries=0)
    text = client.text_to_video.create(model="gen4.5", prompt_text="A red kite", ratio="1280:720", duration=5, seed=7)
    image = client.image_to_video.create(
        model="gen4_turbo", prompt_image=[{"uri": IMAGE, "position": "first"}], ratio="1280:720"
    )
    video = client.video_to_video.create(model="aleph2", video_uri="https://example.com/a.mp4", prompt_text="At night")
    picture = client.text_to_image.create(
        model="gen4_image", prompt_text="A red kite", ratio="1024:1024", reference_images=[{"uri": IMAGE}]
    )
    performance = client.character_performance.create(
        model="act_two",
        character={"type": "image", "uri": IMAGE},
        reference={"type": "video", "uri": "https://example.com/a.mp4"},
    )
    done = {name: client.tasks.retrieve(task.id) for name, task in {"video": text, "image": picture}.items()}
    client.tasks.delete(image.id)
    invalid = {"model": "gen4.5", "prompt_text": "A kite", "ratio": "1280:720", "duration": 5}
    result = {
        "statuses": {name: task.status for name, task in done.items()},
        "outputs": {name: len(task.output) for name, task in done.items()},
        "credits": done["video"].cost.credits,
        "tasks": len({text.id, image.id, video.id, picture.id, performance.id}),
        "cancelled": error_of(lambda: client.tasks.retrieve(image.id)),
        "invalid": error_of(lambda: client.text_to_video.create(**invalid, extra_body={"style": "anime"})),
        "unauthorized": error_of(RunwayML(api_key="wrong", base_url=base_url, max_retries=0).organization.retrieve),
        "balance": client.organization.retrieve().credit_balance,
    }
    sys.stdout.write(json.dumps(result) + "\n")


def error_of(call: Callable[[], object]) -> str:
    """Return the name of the SDK's exception."""
    try:
        call()
    except runwayml.APIStatusError as error:
        return type(error).__name__
    return "none"


if __name__ == "__main__":
    main(sys.argv[1])
