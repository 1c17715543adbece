"""Taking a finished file in: probe it, make its smaller forms, store them all."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from media.formats import WEBP
from media.probe import Prober
from media.probe_result import ProbeRefused, Variants
from media.store import MediaStore


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """A file in the store with all that an output tells of it."""

    key: str
    sha256: str
    media_type: str
    bytes: int
    format: str
    codec: str
    width: int | None
    height: int | None
    duration: float | None  # seconds
    has_audio: bool
    thumbnail_key: str | None
    optimized_key: str | None


async def ingest(
    source: Path,
    *,
    store: MediaStore,
    prober: Prober,
    expected: tuple[str, ...] = ("",),
    workspace: Path | None = None,
) -> StoredMedia:
    """Keep the file and its variants, made in `workspace`; the source stays. Safe to call again with the same file.

    Raises `ProbeRefused`, a `GenerationFailed`, when it is not whole or not of an `expected` prefix such as `video/`.
    """
    probed = await prober.probe(source, expected=expected)
    with TemporaryDirectory(prefix="variants-", dir=workspace) as directory:
        variants = await _variants(prober, source, Path(directory))
        thumbnail_key = await _kept(variants.thumbnail, store)
        optimized_key = await _kept(variants.optimized, store)
    stored = await store.put(source, probed.media_type)
    return StoredMedia(
        key=stored.key,
        sha256=stored.sha256,
        media_type=probed.media_type,
        bytes=stored.size,
        format=probed.format,
        codec=probed.codec,
        width=probed.width,
        height=probed.height,
        duration=probed.duration,
        has_audio=probed.has_audio,
        thumbnail_key=thumbnail_key,
        optimized_key=optimized_key,
    )


async def _variants(prober: Prober, source: Path, directory: Path) -> Variants:
    """A good file is worth keeping without its thumbnail."""
    try:
        return await prober.variants(source, directory)
    except ProbeRefused:
        return Variants()


async def _kept(variant: Path | None, store: MediaStore) -> str | None:
    return (await store.put(variant, WEBP.media_type)).key if variant is not None else None
