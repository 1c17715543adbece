"""Documents in the shapes that were published for Doitong, each with its variables."""

from typing import Any

TEXT = "a lighthouse test:hang"
PHOTO = "https://example.com/portrait.jpg"
GENERATE = "mutation Generate($input: GenerateInput!) { generate(input: $input) { %s } }"
# Name, document and variables.
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
