"""Requires: fal-client==1.0.3

Drives the fal emulator at the base URL given as the argument, and prints one JSON line.
"""

import json
import sys
from collections.abc import Callable

import fal_client.client
from fal_client.client import FalClientHTTPError, SyncClient

KEY = "fal-key-id:fal-key-secret"
IMAGE = "data:image/png;base64,iVBORw0KGgo="


def main(base_url: str) -> None:
    fal_client.client.QUEUE_URL_FORMAT = f"{base_url}/"
    client = SyncClient(key=KEY)
    image = client.submit("fal-ai/flux/dev", {"prompt": "A red kite", "num_images": 2})
    video = client.submit(
        "fal-ai/kling-video/v2.1/standard/image-to-video",
        {"prompt": "A red kite", "image_url": IMAGE},
        webhook_url="https://example.com/callback",
    )
    invalid = client.submit("fal-ai/flux/dev/image-to-image", {"prompt": "A red kite"})
    status = image.status(with_logs=True)
    result = {
        "status": type(status).__name__,
        "images": len(image.get()["images"]),
        "video": video.get()["video"]["content_type"],
        "same": client.get_handle("fal-ai/flux/dev", image.request_id).status_url == image.status_url,
        "cancelled": error_of(image.cancel),
        "invalid": error_of(invalid.get),
        "unknown": error_of(lambda: client.submit("fal-ai/no-such-model", {"prompt": "A red kite"})),
        "unauthorized": error_of(lambda: SyncClient(key="wrong").submit("fal-ai/flux/dev", {"prompt": "A red kite"})),
    }
    sys.stdout.write(json.dumps(result) + "\n")


def error_of(call: Callable[[], object]) -> str:
    """Return the status of the SDK's exception."""
    try:
        call()
    except FalClientHTTPError as error:
        return f"{type(error).__name__} {error.status_code}"
    return "none"


if __name__ == "__main__":
    main(sys.argv[1])
