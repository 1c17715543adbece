"""Content negotiation: the media type of a response by the Accept header."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

JSON: Final = "application/json"
GRAPHQL_JSON: Final = "application/graphql-response+json"
EVENT_STREAM: Final = "text/event-stream"
MULTIPART: Final = "multipart/mixed"
HTML: Final = "text/html"
MAX_ACCEPT: Final = 1_000  # characters; browsers send up to two hundred


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One item of an Accept header."""

    kind: str
    quality: float
    parameters: dict[str, str] = field(default_factory=dict)

    def covers(self, media_type: str) -> int:
        """Return how specific the match is: 3 by name, 2 by main type, 1 by `*/*`, 0 for no match."""
        if self.kind == media_type:
            return 3
        if self.kind == media_type.partition("/")[0] + "/*":
            return 2
        return 1 if self.kind == "*/*" else 0


@dataclass(frozen=True, slots=True)
class AcceptedTypes:
    """The accepted types: a JSON type or None, a stream type or None, and whether HTML is accepted."""

    json: str | None
    stream: str | None
    html: bool


def accepted_types(accept: str) -> AcceptedTypes:
    """Parse an Accept header. An absent or overlong one counts as `*/*`."""
    return _accepted_types(accept if len(accept) <= MAX_ACCEPT else "")


@lru_cache(maxsize=256)
def _accepted_types(accept: str) -> AcceptedTypes:
    ranges = _parse(accept) or [MediaRange("*/*", 1.0)]
    streams = [item for item in ranges if not _is_incremental_delivery(item)]
    return AcceptedTypes(
        json=_preferred(ranges, (JSON, GRAPHQL_JSON)),
        # a wildcard never selects a stream: clients that read one name it
        stream=_preferred([item for item in streams if item.kind != "*/*"], (EVENT_STREAM, MULTIPART)),
        html=any(item.kind == HTML and item.quality > 0 for item in ranges),
    )


def _preferred(ranges: list[MediaRange], offered: tuple[str, ...]) -> str | None:
    best, best_rank = None, (0.0, -len(ranges))
    for media_type in offered:
        position, item = max(
            enumerate(ranges), key=lambda pair: (pair[1].covers(media_type), -pair[0]), default=(0, None)
        )
        if item is None or not item.covers(media_type):
            continue
        rank = (item.quality, -position)
        if item.quality > 0 and rank > best_rank:
            best, best_rank = media_type, rank
    return best


def _parse(accept: str) -> list[MediaRange]:
    ranges = []
    for part in accept.split(","):
        kind, *given = (piece.strip() for piece in part.split(";"))
        pairs = (piece.partition("=") for piece in given)
        parameters = {name.strip().lower(): value.strip(" \"'") for name, _, value in pairs}
        if kind:
            ranges.append(MediaRange(kind.lower(), _quality(parameters.get("q", "1")), parameters))
    return ranges


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 1.0


def _is_incremental_delivery(item: MediaRange) -> bool:
    # Apollo also accepts multipart for @defer, which is another format
    return item.kind == MULTIPART and "deferspec" in item.parameters and "subscriptionspec" not in item.parameters
