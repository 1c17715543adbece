"""Ingesting a file: probe it, make variants, store everything."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from media.formats import WEBP
from media.probe import Prober
from media.probe_result import ProbeRefused, Variants
from media.store import MediaStore


@dataclass(frozen=True, slots=True)
class IngestedFile:
    """A stored file with its properties."""

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
) -> IngestedFile:
    """Store the file and its variants, which are made in `workspace`; the source is not deleted. Safe to repeat.

    Raises `ProbeRefused`, a `GenerationFailed`, when it is damaged or its type has no `expected` prefix.
    """
    probed = await prober.probe(source, expected=expected)
    with TemporaryDirectory(prefix="variants-", dir=workspace) as directory:
        variants = await _variants(prober, source, Path(directory))
        thumbnail_key = await _store_variant(variants.thumbnail, store)
        optimized_key = await _store_variant(variants.optimized, store)
    stored = await store.put(source, probed.media_type)
    return IngestedFile(
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
    """Make the variants; a file without a thumbnail is stored all the same."""
    try:
        return await prober.variants(source, directory)
    except ProbeRefused:
        return Variants()


async def _store_variant(variant: Path | None, store: MediaStore) -> str | None:
    """Store a thumbnail or optimized image, if there is one; return its key."""
    return (await store.put(variant, WEBP.media_type)).key if variant is not None else None
