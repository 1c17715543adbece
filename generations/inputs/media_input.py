"""Which fields of a request hold media inputs, and what each address is. Reads no file and no database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from media.uploads import UPLOAD
from providers.backend import JSONObject

MEDIA_FIELDS: Mapping[str, str] = {"image": "image", "audio": "audio", "video": "video"}
GENERATED = "gen_"
UPLOADED = f"{UPLOAD}_"
# Hosts reserved for documentation: RFC 2606 and RFC 6761.
DOCUMENTATION_HOSTS = ("example.com", "example.org", "example.net", "example", "test", "invalid")


@dataclass(frozen=True, slots=True)
class MediaInput:
    """One media input: its field, such as `images.0`, its kind and its URL or id."""

    field: str
    kind: str
    address: str

    @property
    def request_path(self) -> str:
        """The path of the field in the arguments of `generate`, as error messages name it: `input.input.images.0`."""
        return f"input.input.{self.field}"

    @property
    def is_stored(self) -> bool:
        """Whether it is the id of a file on this server: an upload, or an output of a generation."""
        return self.address.startswith((GENERATED, UPLOADED))

    @property
    def generation_output(self) -> tuple[str, int]:
        """The generation whose output is the input, and the number of the output from 1; 0 for the first of this kind.

        The value is `gen_…`, or `gen_….2` for the second output.
        """
        generation_id, _, number = self.address.partition(".")
        return generation_id, int(number or 0)

    @property
    def is_on_documentation_host(self) -> bool:
        """Whether it is a URL on a host that is reserved for documentation, such as `example.com`."""
        if "://" not in self.address:
            return False
        try:
            host = urlsplit(self.address).hostname or ""
        except ValueError:
            return False
        return any(host == name or host.endswith(f".{name}") for name in DOCUMENTATION_HOSTS)


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
