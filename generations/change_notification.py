"""The notification of a changed generation to other processes, which read the row if they have subscribers of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from database.transaction import Database
from kit.ids import is_id

CHANNEL = "generation_changed"


@dataclass(frozen=True, slots=True)
class ChangeNotification:
    """A generation, its version after the change, and the hub topic of its account."""

    generation_id: str
    version: int
    account_topic: str

    def payload(self) -> str:
        return f"{self.generation_id} {self.version} {self.account_topic}"

    @classmethod
    def parse(cls, payload: str) -> Self | None:
        """Return what `payload` encodes, or None if it is malformed."""
        parts = payload.split(" ")
        if len(parts) != 3 or not is_id(parts[0]) or not parts[1].isdecimal():
            return None
        return cls(parts[0], int(parts[1]), parts[2])


def listen_for_changes(
    database: Database, receive: Callable[[ChangeNotification], None], *, on_listening: Callable[[], None]
) -> None:
    """Call `receive` with the changes that other processes commit, and `on_listening` as `Database.listen` does."""

    def parse(payload: str) -> None:
        notification = ChangeNotification.parse(payload)
        if notification is not None:
            receive(notification)

    database.listen(CHANNEL, parse, on_listening=on_listening, include_own=False)
