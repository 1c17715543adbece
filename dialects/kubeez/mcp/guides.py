"""Guides for agents, served as resources."""

from dataclasses import dataclass

INSTRUCTIONS = (
    "Generates images, videos, avatars, speech, music and variants of ads. First check get_balance and "
    "estimate_generation_cost, and tell the user the price. Generating answers at once with a generation_id: read its "
    "status every 2 to 5 seconds. If it takes too long, say so and give the id. When you repeat a call for the same "
    "request, pass the same idempotency_key. Tool errors say what to do. The resources explain more."
)


@dataclass(frozen=True, slots=True)
class Guide:
    """A text in Markdown."""

    name: str
    title: str
    description: str
    text: str

    @property
    def uri(self) -> str:
        return f"kubeez://skills/{self.name}"


GUIDES = (
    Guide(
        "model-selection",
        "Choosing a model",
        "How to choose a model and its options.",
        """# Choosing a model

1. Call `get_models` with the `model_type`: image, video, music, speech or other (talking avatars).
2. Take models that are `available` and whose `generation_types` have the one that you need. `requires_input_media` says
   that a model works only from an image or a video.
3. Compare `cost_per_generation` (credits, with default options) and `estimated_time_seconds`.
4. Use values that `capabilities` lists: `aspect_ratio_options`, `duration_options`, `quality`, `resolution`. A number
   near an allowed one is moved to it, and `message` of the answer says so; other values are an error that lists what is
   allowed.

Without `generation_type`, media is made from the prompt alone, or from `source_media_urls` where they are given.
""",
    ),
    Guide(
        "billing-confirmation",
        "Cost and confirmation",
        "What to check and to say before something is charged.",
        """# Cost and confirmation

1. Call `get_balance`, and `estimate_generation_cost` with the fields of the request.
2. Tell the user the price and the credits that are left, and ask before anything expensive. An ad costs its price for
   each variant.
3. Pass an `idempotency_key`, a new one for each request. When an answer is lost or late, repeat the call with the same
   key: it returns the first generation and charges nothing again. The same key with other arguments is the error
   `IDEMPOTENCY_MISMATCH`.

The credits are held when a generation starts, charged when it is completed and released when it fails or is cancelled.
After `INSUFFICIENT_CREDITS` tell the user to add credits; do not send the same call again before that.
""",
    ),
    Guide(
        "polling",
        "Waiting for results",
        "How to follow a generation to its end.",
        """# Waiting for results

Generating answers at once with a `generation_id`.

1. Wait about 10 seconds for an image and 30 seconds for a video or music, or as long as `estimated_time_seconds` says.
2. Read the status every 2 to 5 seconds: `get_generation_status` for images, videos, avatars, speech and ads,
   `get_music_status` for music, `get_status` for any of them. `wait_seconds` (up to 45) waits on the server instead,
   and reports progress to clients that ask for it.
3. `pending` and `processing` go on. `completed` has the URLs. `failed` has `error_code` and `error_message`; it was not
   charged. Try again only if `retryable` is true, with a new `idempotency_key`.
4. After 10 minutes for an image, or 30 minutes for everything else, tell the user that it took too long and give them
   the id. `cancel_generation` ends it and releases its credits.

URLs are signed and expire; read the status again for new ones.
""",
    ),
    Guide(
        "media-upload",
        "Using your own files",
        "How to give an image, a video or a sound as input.",
        """# Using your own files

`source_media_urls`, `reference_ad_url` and `product_image_url` take

- an `https:` URL that anybody can read,
- a `data:` URL of a small file,
- the `url` or the `id` of an upload: `POST /v1/upload/media` with the file as the part `file` of a multipart form and
  the same key; uploads are kept for 24 hours,
- a URL of an earlier output, or its id: `gen_…`, and `gen_….2` for the second output.

The order counts: the first frame comes before the last frame, an image before a video.
""",
    ),
)
