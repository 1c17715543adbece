"""The place of the id in a JSON-RPC message, by which messages are recognized that differ in their id alone.

Clients count the ids of their messages up: a poll is never equal to the one before, byte for byte.
"""

import re
from dataclasses import dataclass

import orjson

ID = re.compile(rb'0|[1-9][0-9]{0,14}|"[A-Za-z0-9_.:-]{0,64}"')
MEMBER = re.compile(rb'"id"[ \t\r\n]*:[ \t\r\n]*(%b)(?=[ \t\r\n]*[,}])' % ID.pattern)
PROBE: list[object] = []  # what no id is equal to


@dataclass(frozen=True, slots=True)
class IdSpan:
    """Where a message has its id, counted from the end of the message."""

    start: int
    end: int

    def id_in(self, message: bytes) -> bytes | None:
        """Return the id of a message, or of a request that ends with one; None if something else is in the place."""
        found = message[self.start : self.end]
        return found if ID.fullmatch(found) else None

    def without_id(self, message: bytes) -> bytes:
        """Return a message with NUL, which JSON does not have, in place of its id."""
        return b"%b%b%b" % (message[: self.start], bytes(self.end - self.start), message[self.end :])


def id_span(message: bytes) -> IdSpan | None:
    """Return where the bytes of a valid message have its id, or None if that is not certain.

    With another id at that place, the bytes are the same message with that id. An `"id"` inside the parameters, or in a
    string, is not it.
    """
    values = orjson.loads(message)
    for member in MEMBER.finditer(message):
        start, end = member.span(1)
        if orjson.loads(b"%b[]%b" % (message[:start], message[end:])) == {**values, "id": PROBE}:
            return IdSpan(start - len(message), end - len(message))
    return None


def result_message(id: bytes, result: bytes) -> bytes:
    """Return the response to a message; both parts are JSON."""
    return b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (id, result)
