"""The media store and the guard, as the generations see them."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from generations.generation import StoredOutput
from kit.errors import GenerationFailed, InvalidInput, InvalidMediaUrl
from kit.outbound import Guard
from media.disk import DiskStore
from media.ingest import ingest
from media.inputs import FORMS, fetch_input
from media.probe import Prober
from providers.backend import Output

LARGEST_OUTPUT = 2_000_000_000  # bytes
OUTPUT_TIMEOUT = timedelta(minutes=10)
DATA = "data:"


@dataclass(frozen=True, slots=True)
class MediaLibrary:
    """Keeps outputs in the store and brings inputs in through the guard."""

    disk: DiskStore
    guard: Guard
    prober: Prober
    incoming: Path

    @classmethod
    @asynccontextmanager
    async def open(cls, *, store: DiskStore, guard: Guard, incoming: Path) -> AsyncIterator[Self]:
        await asyncio.to_thread(incoming.mkdir, parents=True, exist_ok=True)
        async with Prober() as prober:
            await prober.warm()
            yield cls(store, guard, prober, incoming)

    async def store(self, output: Output) -> StoredOutput:
        """Check one file a backend made and keep it."""
        kind = output.media_type.partition("/")[0]
        if output.path is not None:
            return await self._keep(output.path, output, kind)
        target = self.incoming / f"output-{secrets.token_hex(8)}"
        try:
            await self.guard.fetch(
                output.url or "",
                max_bytes=LARGEST_OUTPUT,
                timeout=OUTPUT_TIMEOUT,
                accept=(f"{kind}/", "application/octet-stream"),
                destination=target,
                field="output",
            )
            return await self._keep(target, output, kind)
        except InvalidMediaUrl as error:
            raise GenerationFailed(f"The provider's file could not be fetched: {error.message}") from error
        finally:
            target.unlink(missing_ok=True)

    def check(self, address: str, *, field: str) -> None:
        """Refuse an address that can be seen to be wrong."""
        if address[: len(DATA)].lower() == DATA:
            return
        if "://" not in address:
            raise InvalidInput(f"`{field}` must be {FORMS}.", field=field)
        self.guard.check_form(address, field=field)

    async def fetch(self, address: str, *, field: str, kind: str, directory: Path) -> Path:
        """Bring an input in, once: its place follows from its address."""
        place = directory / hashlib.sha256(address.encode()).hexdigest()[:32]
        place.mkdir(parents=True, exist_ok=True)
        whole = next((path for path in place.iterdir() if path.suffix), None)
        if whole is not None:
            return whole
        return await fetch_input(
            address, field=field, kinds=(kind,), directory=place, guard=self.guard, prober=self.prober
        )

    def path_of(self, output: StoredOutput) -> Path:
        return self.disk.path_of(output.key)

    async def _keep(self, path: Path, output: Output, kind: str) -> StoredOutput:
        kept = await ingest(path, store=self.disk, prober=self.prober, expected=(f"{kind}/",))
        return StoredOutput(
            key=kept.key,
            media_type=kept.media_type,
            bytes=kept.bytes,
            sha256=kept.sha256,
            format=kept.format,
            width=kept.width,
            height=kept.height,
            duration=kept.duration,
            thumbnail_key=kept.thumbnail_key,
            optimized_key=kept.optimized_key,
            role=output.role,
            title=output.title,
            lyrics=output.lyrics,
        )
