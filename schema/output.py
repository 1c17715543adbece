"""The `Output` type: a file of a generation with its signed URLs."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import strawberry

from generations.output_urls import OutputUrls

T = TypeVar("T")


def _of_urls(read: Callable[[OutputUrls], T]) -> Callable[["Output"], T]:
    """Return the resolver of a field of `Output` that reads it from the output and its URLs."""

    def resolve(self: "Output") -> T:
        return read(self.urls)

    return resolve


@strawberry.type(description="An output file of a generation.")
class Output:
    urls: strawberry.Private[OutputUrls]

    url: str | None = strawberry.field(
        description="The signed, absolute URL of the original file, which works without a key until `expiresAt`; "
        "null after that.",
        resolver=_of_urls(lambda urls: urls.url),
    )
    thumbnail_url: str | None = strawberry.field(
        description="The signed URL of a small WebP preview: of the image, or of a frame of the video. Null for "
        "audio, and after `expiresAt`.",
        resolver=_of_urls(lambda urls: urls.thumbnail_url),
    )
    optimized_url: str | None = strawberry.field(
        description="The signed URL of the image as a WebP file of the same dimensions. Null for video and audio, "
        "and after `expiresAt`.",
        resolver=_of_urls(lambda urls: urls.optimized_url),
    )
    avif_url: str | None = strawberry.field(
        description="The signed URL of the image as an AVIF file of the same dimensions, smaller than "
        "`optimizedUrl` and encoded on the first request. Null for video and audio, and after "
        "`expiresAt`.",
        resolver=_of_urls(lambda urls: urls.avif_url),
    )
    media_type: str = strawberry.field(
        description="The media type of the file, such as `image/png`.",
        resolver=_of_urls(lambda urls: urls.output.media_type),
    )
    width: int | None = strawberry.field(
        description="The width in pixels; null for audio.", resolver=_of_urls(lambda urls: urls.output.width)
    )
    height: int | None = strawberry.field(
        description="The height in pixels; null for audio.", resolver=_of_urls(lambda urls: urls.output.height)
    )
    duration: float | None = strawberry.field(
        description="The duration in seconds; null for images.", resolver=_of_urls(lambda urls: urls.output.duration)
    )
    format: str = strawberry.field(
        description="The file format, such as `png` or `mp4`.", resolver=_of_urls(lambda urls: urls.output.format)
    )
    bytes: int = strawberry.field(
        description="The file size in bytes.", resolver=_of_urls(lambda urls: urls.output.bytes)
    )
    sha256: str = strawberry.field(
        description="The SHA-256 hash of the file in hexadecimal.", resolver=_of_urls(lambda urls: urls.output.sha256)
    )
    title: str | None = strawberry.field(
        description="The title of the song; null for other media.", resolver=_of_urls(lambda urls: urls.output.title)
    )
    lyrics: str | None = strawberry.field(
        description="The lyrics of the song; null for other media and if there are none.",
        resolver=_of_urls(lambda urls: urls.output.lyrics),
    )
    expires_at: datetime = strawberry.field(
        description="Until when the file is stored and its URLs are valid.",
        resolver=_of_urls(lambda urls: urls.expires_at),
    )
