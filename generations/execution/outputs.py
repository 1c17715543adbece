"""Storing the outputs that a backend reports."""

from generations.generation import StoredOutput
from kit.errors import GenerationFailed
from media.library import MediaLibrary
from providers.backend import Output


async def store_output(library: MediaLibrary, output: Output) -> StoredOutput:
    """Store one output, given by path or URL. Safe to repeat. Raises `GenerationFailed` for an unusable file."""
    if output.path is not None:
        stored = await library.store_file(output.path, media_type=output.media_type)
    elif output.url is not None:
        stored = await library.store_url(output.url, media_type=output.media_type)
    else:
        raise GenerationFailed("The provider reported an output without a file.")
    return StoredOutput(
        key=stored.key,
        media_type=stored.media_type,
        bytes=stored.bytes,
        sha256=stored.sha256,
        format=stored.format,
        width=stored.width,
        height=stored.height,
        duration=stored.duration,
        thumbnail_key=stored.thumbnail_key,
        optimized_key=stored.optimized_key,
        role=output.role,
        title=output.title,
        lyrics=output.lyrics,
    )
