"""All input files of a generation, wherever they come from: checked at acceptance, local before submission, deleted."""

import asyncio
import shutil
from pathlib import Path

from generations.generation import Generation
from generations.inputs.media_input import media_inputs
from generations.inputs.stored_files import check_input_id, copy_stored_file
from generations.services import Services
from media.library import MediaLibrary
from providers.backend import JSONObject

SIMULATED_INPUT = "documentation hosts are not fetched: a local picture is used with a test key"


def check_inputs(library: MediaLibrary, content: JSONObject, *, test_mode: bool) -> list[JSONObject]:
    """Validate input URLs without fetching; return adjustments for inputs that are simulated in test mode."""
    adjustments: list[JSONObject] = []
    for given in media_inputs(content):
        if given.is_stored:
            check_input_id(given)
            continue
        library.check(given.address, field=given.request_path, kind=given.kind)
        if test_mode and given.is_on_documentation_host:
            field = given.request_path.removeprefix("input.")
            adjustments.append({"field": field, "requested": given.address, "used": None, "reason": SIMULATED_INPUT})
    return adjustments


async def fetch_inputs(services: Services, generation: Generation) -> dict[str, Path]:
    """Return every input as a validated local file, by field. Raises `InvalidMediaUrl` or `InvalidInput`."""
    files: dict[str, Path] = {}
    for given in media_inputs(generation.input):
        if given.is_stored:
            files[given.field] = await copy_stored_file(services, generation, given)
        elif not (generation.test_mode and given.is_on_documentation_host):
            directory = services.workspace / generation.id
            files[given.field] = await services.library.fetch(
                given.address, field=given.request_path, kind=given.kind, directory=directory
            )
    return files


async def remove_inputs(services: Services, generation: Generation) -> None:
    """Delete the input files. Safe to repeat."""
    await asyncio.to_thread(shutil.rmtree, services.workspace / generation.id, ignore_errors=True)
