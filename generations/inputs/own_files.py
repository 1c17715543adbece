"""Inputs that are URLs of files on this server: they become ids of uploads and generations, without a download."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from accounts.principal import Principal
from generations import repository
from generations.inputs.media_input import GENERATED, media_inputs
from generations.services import Services
from media.signed_urls import PREFIX
from media.uploads import find_upload
from providers.backend import JSON, JSONObject

FILE = re.compile(r"(?P<id>(?P<kind>upl|gen)_[0-9A-Za-z]+)(?:-(?P<number>[1-9][0-9]?))?\.\w{2,5}")


@dataclass(frozen=True, slots=True)
class MediaUrls:
    """The URLs of media below the base URL of this server."""

    base_url: str

    def to_stored_inputs(self, urls: Sequence[str]) -> list[str]:
        """Return the URLs, those of uploads and outputs of this server as `upl_…`, `gen_…` or `gen_….2`.

        Whether the caller may use one is checked when the request is accepted, as for an id.
        """
        return [self._internal(url.strip()) for url in urls]

    def _internal(self, url: str) -> str:
        if not url.startswith(f"{self.base_url}{PREFIX}"):
            return url
        name = FILE.fullmatch(urlsplit(url).path.rpartition("/")[2])
        if name is None:
            return url
        number = name["number"]
        return name["id"] if number is None or name["kind"] == "upl" else f"{name['id']}.{number}"


async def with_own_files(services: Services, principal: Principal, content: JSONObject, *, base_url: str) -> JSONObject:
    """Return the content with ids in place of the URLs of the caller's files. URLs of other callers' files remain."""
    urls = MediaUrls(base_url)
    given = [one.address for one in media_inputs(content)]
    ids = {url: id for url, id in zip(given, urls.to_stored_inputs(given), strict=True) if id != url}
    if not ids:
        return content
    now = services.clock.now()
    own = await services.database.read(lambda connection: set(_own(connection, principal, ids.values(), at=now)))
    known = {url: id for url, id in ids.items() if id in own}
    return {name: _with_ids(value, known) for name, value in content.items()}


def _own(connection: Connection, principal: Principal, ids: Iterable[str], *, at: datetime) -> Iterable[str]:
    for id in ids:
        if id.startswith(GENERATED):
            found: object = repository.load_own(
                connection, id.partition(".")[0], account_id=principal.account_id, test_mode=principal.test_mode
            )
        else:
            found = find_upload(connection, id, account_id=principal.account_id, at=at)
        if found is not None:
            yield id


def _with_ids(value: JSON, ids: Mapping[str, str]) -> JSON:
    if isinstance(value, list):
        return [_with_ids(item, ids) for item in value]
    return ids.get(value, value) if isinstance(value, str) else value
