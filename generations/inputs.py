"""The media a generation works from: checked at acceptance, fetched before submission, removed at the end."""

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from generations import repository
from generations.generation import Generation
from generations.services import Library, Services
from kit.errors import InvalidInput
from providers.backend import JSONObject

MEDIA_FIELDS: Mapping[str, str] = {"image": "image", "audio": "audio", "video": "video"}
EARLIER_OUTPUT = "gen_"
# Hosts that documentation uses and nobody has: RFC 2606 and RFC 6761.
RESERVED_HOSTS = ("example.com", "example.org", "example.net", "example", "test", "invalid")
STOOD_IN = "nothing is fetched from hosts reserved for documentation; a local picture stands in under a test key"


@dataclass(frozen=True, slots=True)
class MediaInput:
    """One input: `images.0`, an image, and where it is."""

    field: str
    kind: str
    address: str

    @property
    def path(self) -> str:
        """The field as clients know it."""
        return f"input.input.{self.field}"

    @property
    def is_reserved(self) -> bool:
        """Whether it is on a host that documentation uses."""
        if "://" not in self.address:
            return False
        try:
            host = urlsplit(self.address).hostname or ""
        except ValueError:
            return False
        return any(host == name or host.endswith(f".{name}") for name in RESERVED_HOSTS)


def media_inputs(content: JSONObject) -> Iterator[MediaInput]:
    """Every input that is media."""
    for field, kind in MEDIA_FIELDS.items():
        address = content.get(field)
        if isinstance(address, str):
            yield MediaInput(field, kind, address)
    images = content.get("images")
    for index, address in enumerate(images if isinstance(images, list) else []):
        if isinstance(address, str):
            yield MediaInput(f"images.{index}", "image", address)


def check_inputs(library: Library, content: JSONObject, *, test_mode: bool) -> list[JSONObject]:
    """Refuse what can be seen to be wrong without fetching; returns adjustments for what will be stood in for."""
    adjustments: list[JSONObject] = []
    for given in media_inputs(content):
        if test_mode and given.is_reserved:
            field = given.path.removeprefix("input.")
            adjustments.append({"field": field, "requested": given.address, "used": None, "reason": STOOD_IN})
        elif not given.address.startswith(EARLIER_OUTPUT):
            library.check(given.address, field=given.path)
    return adjustments


async def fetch_inputs(services: Services, generation: Generation) -> dict[str, Path]:
    """Every input as a checked file, by field. Raises `InvalidMediaUrl` or `InvalidInput`."""
    files: dict[str, Path] = {}
    for given in media_inputs(generation.input):
        if given.address.startswith(EARLIER_OUTPUT):
            files[given.field] = await _earlier_output(services, generation, given)
        elif not (generation.test_mode and given.is_reserved):
            directory = services.workspace / generation.id
            files[given.field] = await services.library.fetch(
                given.address, field=given.path, kind=given.kind, directory=directory
            )
    return files


async def remove_inputs(services: Services, generation: Generation) -> None:
    """Safe to repeat."""
    await asyncio.to_thread(shutil.rmtree, services.workspace / generation.id, ignore_errors=True)


async def _earlier_output(services: Services, generation: Generation, given: MediaInput) -> Path:
    earlier = await services.database.read(
        lambda connection: repository.load_own(
            connection, given.address, account_id=generation.account_id, test_mode=generation.test_mode
        )
    )
    if earlier is None:
        raise InvalidInput(f"There is no generation {given.address!r} of yours.", field=given.path)
    made = next((output for output in earlier.outputs if output.media_type.startswith(given.kind)), None)
    if made is None:
        message = f"{earlier.id} is {earlier.status} and has no {given.kind} to work from."
        raise InvalidInput(message, field=given.path)
    return services.library.path_of(made)
