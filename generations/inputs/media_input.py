"""The media inputs in the content of a request."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from media.uploads import UPLOAD
from providers.backend import JSONObject

MEDIA_FIELDS: Mapping[str, str] = {"image": "image", "audio": "audio", "video": "video"}
GENERATED = "gen_"
UPLOADED = f"{UPLOAD}_"
# Hosts reserved for documentation: RFC 2606 and RFC 6761.
RESERVED_HOSTS = ("example.com", "example.org", "example.net", "example", "test", "invalid")


@dataclass(frozen=True, slots=True)
class MediaInput:
    """One media input: its field, such as `images.0`, its kind and its URL or id."""

    field: str
    kind: str
    address: str

    @property
    def path(self) -> str:
        """The path of the field in the request."""
        return f"input.input.{self.field}"

    @property
    def is_internal(self) -> bool:
        """Whether it refers to a file on this server."""
        return self.address.startswith((GENERATED, UPLOADED))

    @property
    def earlier(self) -> tuple[str, int]:
        """The referenced generation and the number of its output, from 1; 0 is the first that fits."""
        generation_id, _, number = self.address.partition(".")
        return generation_id, int(number or 0)

    @property
    def is_reserved(self) -> bool:
        """Whether its host is reserved for documentation."""
        if "://" not in self.address:
            return False
        try:
            host = urlsplit(self.address).hostname or ""
        except ValueError:
            return False
        return any(host == name or host.endswith(f".{name}") for name in RESERVED_HOSTS)


def media_inputs(content: JSONObject) -> Iterator[MediaInput]:
    """Yield every media input."""
    for field, kind in MEDIA_FIELDS.items():
        address = content.get(field)
        if isinstance(address, str):
            yield MediaInput(field, kind, address)
    images = content.get("images")
    for index, address in enumerate(images if isinstance(images, list) else []):
        if isinstance(address, str):
            yield MediaInput(f"images.{index}", "image", address)
