"""Requires: replicate==1.0.7

Drives the Replicate emulator at the base URL given as the argument, and prints one JSON line.
"""

import io
import json
import sys
from collections.abc import Callable

from replicate import Client
from replicate.exceptions import ReplicateError

KEY = "r8_replicate_emulator"
VERSION = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"


def main(base_url: str) -> None:
    client = Client(api_token=KEY, base_url=base_url)
    models = client.models.predictions
    image = models.create("black-forest-labs/flux-dev", {"prompt": "A red kite", "num_outputs": 2})
    music = client.predictions.create(
        VERSION,
        {"prompt_a": "A waltz"},
        webhook="https://example.com/callback",
        webhook_events_filter=["start", "completed"],
    )
    picture = io.BytesIO(b"a picture")
    uploaded = client.files.create(picture, filename="image.png")
    image.reload()
    music.reload()
    cancelled = client.predictions.cancel(music.id)
    result = {
        "status": image.status,
        "images": len(image.output),
        "progress": image.progress.percentage,
        "time": image.metrics["predict_time"],
        "music": sorted(music.output),
        "cancelled": cancelled.status,
        "uploaded": [uploaded.name, uploaded.content_type, uploaded.size, "get" in uploaded.urls],
        "deleted": client.files.delete(uploaded.id),
        "secret": client.webhooks.default.secret().key[:6],
        "account": client.accounts.current().username,
        "invalid": error_of(lambda: models.create("black-forest-labs/flux-dev", {"num_outputs": 1})),
        "unknown": error_of(lambda: models.create("nobody/nothing", {"prompt": "A red kite"})),
        "unauthorized": error_of(Client(api_token="wrong", base_url=base_url).accounts.current),
    }
    sys.stdout.write(json.dumps(result) + "\n")


def error_of(call: Callable[[], object]) -> str:
    """Return the status of the SDK's exception."""
    try:
        call()
    except ReplicateError as error:
        return f"{type(error).__name__} {error.status}"
    return "none"


if __name__ == "__main__":
    main(sys.argv[1])
