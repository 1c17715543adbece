"""A bound on what comes before the answer proper."""

from ssl import SSLContext

import httpcore

LARGEST_HEAD = 256 * 1024  # bytes, interim answers included


class AnswerHead:
    """Bounds what comes before the answer proper: interim answers can go on without end."""

    def __init__(self) -> None:
        self.is_read = False
        self._size = 0

    def count(self, size: int) -> None:
        self._size += size
        if not self.is_read and self._size > LARGEST_HEAD:
            raise httpcore.ReadError("the head of the answer does not end")


class CountedStream(httpcore.AsyncNetworkStream):
    """A connection whose bytes are counted while they belong to the head of the answer."""

    def __init__(self, inner: httpcore.AsyncNetworkStream, head: AnswerHead) -> None:
        self._inner, self._head = inner, head

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - the interface
        piece = await self._inner.read(max_bytes, timeout)
        self._head.count(len(piece))
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the interface
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface
    ) -> httpcore.AsyncNetworkStream:
        return CountedStream(await self._inner.start_tls(ssl_context, server_hostname, timeout), self._head)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)
