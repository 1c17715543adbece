"""What ends a command with a message."""


class Refused(Exception):
    """The server answered with errors, or a command cannot go on; the message is for the person who typed it."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable
