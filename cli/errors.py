"""The error that ends a command with a message."""

from kit.errors import ServiceUnavailable


class CommandError(Exception):
    """The server returned errors, or the command cannot continue; the message is for the user."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


def reason_of(error: Exception) -> str:
    """Return what the operator has to know, where the message of an error is one for clients of the API."""
    return str(getattr(error, "reason", error) if isinstance(error, ServiceUnavailable) else error)
