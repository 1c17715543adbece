"""The media a generation works from: checked at acceptance, fetched before submission, removed at the end."""

import asyncio
import shutil
from pathlib import Path

from generations.generation import Generation
from generations.inputs.media_input import media_inputs
from generations.inputs.references import check_reference, copy_referenced_file
from generations.services import Services
from media.library import MediaLibrary
from providers.backend import JSONObject

STOOD_IN = "nothing is fetched from hosts reserved for documentation; a local picture stands in under a test key"


def check_inputs(library: MediaLibrary, content: JSONObject, *, test_mode: bool) -> list[JSONObject]:
    """Refuse what can be seen to be wrong without fetching; returns adjustments for what will be stood in for."""
    adjustments: list[JSONObject] = []
    for given in media_inputs(content):
        if given.is_internal:
            check_reference(given)
            continue
        library.check(given.address, field=given.path, kind=given.kind)
        if test_mode and given.is_reserved:
            field = given.path.removeprefix("input.")
            adjustments.append({"field": field, "requested": given.address, "used": None, "reason": STOOD_IN})
    return adjustments


async def fetch_inputs(services: Services, generation: Generation) -> dict[str, Path]:
    """Every input as a checked file, by field. Raises `InvalidMediaUrl` or `InvalidInput`."""
    files: dict[str, Path] = {}
    for given in media_inputs(generation.input):
        if given.is_internal:
            files[given.field] = await copy_referenced_file(services, generation, given)
        elif not (generation.test_mode and given.is_reserved):
            directory = services.workspace / generation.id
            files[given.field] = await services.library.fetch(
                given.address, field=given.path, kind=given.kind, directory=directory
            )
    return files


async def remove_inputs(services: Services, generation: Generation) -> None:
    """Safe to repeat."""
    await asyncio.to_thread(shutil.rmtree, services.workspace / generation.id, ignore_errors=True)
