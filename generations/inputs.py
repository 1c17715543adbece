"""The media a generation works from: fetched before it is submitted, removed when it has ended."""

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from generations import repository
from generations.generation import Generation
from generations.services import Services
from kit.errors import InvalidInput

MEDIA_FIELDS: Mapping[str, str] = {"image": "image", "audio": "audio", "video": "video"}
EARLIER_OUTPUT = "gen_"


def addresses(generation: Generation) -> Iterator[tuple[str, str, str]]:
    """Field, kind and address of each input, such as `images.0`, `image`, `https://…`."""
    for field, kind in MEDIA_FIELDS.items():
        address = generation.input.get(field)
        if isinstance(address, str):
            yield field, kind, address
    images = generation.input.get("images")
    for index, address in enumerate(images if isinstance(images, list) else []):
        if isinstance(address, str):
            yield f"images.{index}", "image", address


async def fetch_inputs(services: Services, generation: Generation) -> dict[str, Path]:
    """Every input as a checked file, by field. Raises `InvalidMediaUrl` or `InvalidInput`."""
    files: dict[str, Path] = {}
    for field, kind, address in addresses(generation):
        name = f"input.{field}"
        if address.startswith(EARLIER_OUTPUT):
            files[field] = await _earlier_output(services, generation, address, field=name, kind=kind)
        else:
            directory = services.workspace / generation.id
            files[field] = await services.library.fetch(address, field=name, kind=kind, directory=directory)
    return files


async def remove_inputs(services: Services, generation: Generation) -> None:
    await asyncio.to_thread(shutil.rmtree, services.workspace / generation.id, ignore_errors=True)


async def _earlier_output(
    services: Services, generation: Generation, earlier_id: str, *, field: str, kind: str
) -> Path:
    earlier = await services.database.read(
        lambda connection: repository.load_own(
            connection, earlier_id, account_id=generation.account_id, test_mode=generation.test_mode
        )
    )
    if earlier is None:
        raise InvalidInput(f"There is no generation {earlier_id!r} of yours.", field=field)
    made = next((output for output in earlier.outputs if output.media_type.startswith(kind)), None)
    if made is None:
        raise InvalidInput(f"{earlier_id} is {earlier.status} and has no {kind} to work from.", field=field)
    return services.library.path_of(made)
