"""Inputs that are ids (`upl_…`, `gen_…`): found in the database, and copied from the store once they exist."""

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from database.transaction import Transaction
from generations import repository
from generations.generation import Generation, StoredOutput
from generations.inputs.media_input import GENERATED, UPLOADED, MediaInput, media_inputs
from generations.services import Services
from kit.errors import InvalidInput, InvalidMediaUrl, NotFound
from kit.ids import is_id
from kit.text import truncate
from media.uploads import find_upload, is_upload_id

NUMBER = re.compile(r"[1-9][0-9]?", re.ASCII)  # number of an output, as in `gen_….2`


def check_input_id(given: MediaInput) -> None:
    """Validate the form of an id. Raises `InvalidInput`."""
    if is_upload_id(given.address):
        return
    generation_id, dot, number = given.address.partition(".")
    if given.address.startswith(UPLOADED) or not is_id(generation_id) or not NUMBER.fullmatch(number if dot else "1"):
        forms = "`upl_…`, `gen_…`, or `gen_….2` for its second output"
        message = f"{truncate(given.address)} is not the id of an upload or a generation: use {forms}."
        raise InvalidInput(message, field=given.request_path)


def check_stored_files(transaction: Transaction, new: Generation, *, at: datetime) -> None:
    """Check that the uploads and generations exist, belong to the caller, and have or may get the file.

    Raises `InvalidInput` or `InvalidMediaUrl`.
    """
    for given in media_inputs(new.input):
        if given.is_stored:
            _stored_file_key(transaction.connection, new, given, at=at)


async def wait_for_dependency(services: Services, generation: Generation) -> str | None:
    """Return a generation whose output is an input and that has not ended, if any; its end wakes this one."""
    for given in media_inputs(generation.input):
        if given.address.startswith(GENERATED):
            dependency_id, _ = given.generation_output
            services.dependents.add(generation.id, dependency=dependency_id)
            dependency = await services.database.read(partial(_load_dependency, dependent=generation, given=given))
            if dependency is not None and not dependency.is_over:
                return dependency_id
            services.dependents.discard(generation.id, dependency=dependency_id)
    return None


async def stored_file_key(services: Services, generation: Generation, given: MediaInput) -> str | None:
    """Return the key of the stored file of an input id; None while its generation runs.

    Raises `InvalidInput` or `InvalidMediaUrl`.
    """
    at = services.clock.now()
    return await services.database.read(lambda connection: _stored_file_key(connection, generation, given, at=at))


async def copy_stored_file(services: Services, generation: Generation, given: MediaInput) -> Path:
    """Copy the stored file into the workspace, once. Raises `InvalidInput` or `InvalidMediaUrl`."""
    place = services.workspace / generation.id / given.field
    await asyncio.to_thread(place.mkdir, parents=True, exist_ok=True)
    copied = next((path for path in place.iterdir() if not path.name.startswith(".")), None)
    if copied is not None:
        return copied
    key = await stored_file_key(services, generation, given)
    if key is None:
        raise InvalidMediaUrl(f"{given.address} has not ended.", field=given.request_path)
    try:
        return await services.library.copy(key, place)
    except NotFound as error:
        raise InvalidMediaUrl(f"The file of {given.address} is no longer kept.", field=given.request_path) from error


def _stored_file_key(connection: Connection, dependent: Generation, given: MediaInput, *, at: datetime) -> str | None:
    """Return the key of the file, or None while its generation runs."""
    if given.address.startswith(UPLOADED):
        return _upload_key(connection, dependent, given, at=at)
    dependency = _load_dependency(connection, dependent=dependent, given=given)
    if dependency is None:
        raise InvalidInput(
            f"There is no generation {truncate(given.generation_output[0])} of yours.", field=given.request_path
        )
    if not dependency.is_over:
        return None
    if dependency.expires_at is not None and dependency.expires_at <= at:
        raise InvalidMediaUrl(f"The files of {dependency.id} are no longer kept.", field=given.request_path)
    made = _select_output(dependency.outputs, given)
    if made is None:
        raise InvalidMediaUrl(_failure_reason(dependency, given), field=given.request_path)
    return made.key


def _failure_reason(dependency: Generation, given: MediaInput) -> str:
    """Return why the generation has no output that can be the input."""
    found = f"{dependency.id} is {dependency.status} and has no such {given.kind}"
    return f"{found}: {dependency.error.message}" if dependency.error is not None else f"{found}."


def _upload_key(connection: Connection, dependent: Generation, given: MediaInput, *, at: datetime) -> str:
    upload = find_upload(connection, given.address, account_id=dependent.account_id, at=at)
    if upload is None:
        message = f"There is no upload {truncate(given.address)} of yours: uploads are kept for 24 hours."
        raise InvalidInput(message, field=given.request_path)
    if not upload.media_type.startswith(given.kind):
        message = f"{upload.id} is {upload.media_type} and {given.kind} is needed."
        raise InvalidMediaUrl(message, field=given.request_path, reason="media")
    return upload.key


def _load_dependency(connection: Connection, *, dependent: Generation, given: MediaInput) -> Generation | None:
    generation_id, _ = given.generation_output
    return repository.load_own(
        connection, generation_id, account_id=dependent.account_id, test_mode=dependent.test_mode
    )


def _select_output(outputs: Sequence[StoredOutput], given: MediaInput) -> StoredOutput | None:
    _, number = given.generation_output
    chosen = outputs[number - 1 : number] if number else outputs
    return next((output for output in chosen if output.media_type.startswith(given.kind)), None)
