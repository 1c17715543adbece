"""Source media by URL: those that this server stores become references to uploads and outputs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from media.signed_urls import PREFIX

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
