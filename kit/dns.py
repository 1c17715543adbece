"""DNS resolution."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address

from kit.ip_addresses import Address

Resolver = Callable[[str, int], Awaitable[Sequence[Address]]]

MAX_CONCURRENT_LOOKUPS = 64  # concurrent lookups


class SystemResolver:
    """Returns every address that the system resolver has for a name.

    Uses its own thread pool: a name server that does not respond blocks a thread for seconds.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MAX_CONCURRENT_LOOKUPS, thread_name_prefix="lookup")

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [ip_address(entry[4][0]) for entry in found]
