"""The upstream emulators of a checkout as a child process."""

import os
import re
import shlex
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from cli.client.server_process import running_module
from cli.errors import CommandError

ROOT = Path(__file__).resolve().parents[2]
MODULE = "tests.emulators"
READY = re.compile(r"\A(.*)^# emulators at (\S+), purchases at (\S+)$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Emulators:
    """Running emulators. `settings` are environment variables that point a server at them."""

    url: str
    settings: Mapping[str, str]
    purchases_url: str

    async def purchases(self) -> Mapping[str, int]:
        """Return how many jobs each upstream accepted."""
        async with httpx.AsyncClient(trust_env=False) as http:
            listed = (await http.get(self.purchases_url)).raise_for_status().json()["purchases"]
        counts: Counter[str] = Counter()
        for purchase in listed:
            counts[purchase["upstream"]] += purchase["count"]
        return counts


@asynccontextmanager
async def running_emulators(names: Sequence[str]) -> AsyncIterator[Emulators]:
    """Run the emulators of these upstreams. Raises `CommandError` outside a checkout."""
    if not (ROOT / Path(*MODULE.split(".")) / "__main__.py").is_file():
        raise CommandError(
            "--emulated needs a checkout of doitong-server, which has the emulators in its tests; "
            "omit it to generate with the local providers."
        )
    arguments = [MODULE, "--only", ",".join(names)]
    async with running_module(*arguments, environment=os.environ, ready=READY) as found:
        lines = (shlex.split(line)[0].partition("=") for line in found[1].splitlines())
        yield Emulators(found[2], {name: value for name, _, value in lines}, found[3])
