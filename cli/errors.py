"""The error that ends a command with a message."""


class CommandError(Exception):
    """The server returned errors, or the command cannot continue; the message is for the user."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable
