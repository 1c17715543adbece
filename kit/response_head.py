"""A limit on the size of a response head."""

from ssl import SSLContext

import httpcore

MAX_HEAD_BYTES = 256 * 1024  # bytes, interim (1xx) responses included


class ResponseHeadLimit:
    """Limits the bytes of the response head, because interim (1xx) responses are unlimited."""

    def __init__(self) -> None:
        self.is_read = False
        self._size = 0

    def count(self, size: int) -> None:
        self._size += size
        if not self.is_read and self._size > MAX_HEAD_BYTES:
            raise httpcore.ReadError("the response head is too large")


class CountedStream(httpcore.AsyncNetworkStream):
    """A network stream that counts bytes while they belong to the response head."""

    def __init__(self, inner: httpcore.AsyncNetworkStream, head: ResponseHeadLimit) -> None:
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
