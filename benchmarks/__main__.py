"""`make bench`: start-up, media, reads, accepted generations, all APIs, subscriptions, growth and many machines.

Words select the parts: `make bench ARGS="start fanout"`. `benchmarks/README.md` tells how to read the table.
"""

import argparse
import asyncio
import inspect
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.acceptance import accepted_per_second
from benchmarks.answers import answer_figures
from benchmarks.changed_answers import changed_answer_figures
from benchmarks.dialects import dialect_figures
from benchmarks.fanout import fanout_figures
from benchmarks.figure import Figure
from benchmarks.generate import generate_over_http
from benchmarks.growth import ROWS, growth_figures
from benchmarks.many_machines import GENERATIONS, many_machine_figures
from benchmarks.media import media_figures
from benchmarks.polling import polling_under_load
from benchmarks.reconnect import reconnect_figures
from benchmarks.soak import soak_figures
from benchmarks.start import seconds_to_first_response
from benchmarks.waiting import waiting_figures
from benchmarks.webhooks import webhook_figures

Measure = Callable[[Path], list[Figure] | Awaitable[list[Figure]]]

PARTS: Mapping[str, Measure] = {
    "start": lambda directory: [seconds_to_first_response(directory)],
    "media": media_figures,
    "polling": polling_under_load,
    "answers": answer_figures,
    "changed": changed_answer_figures,
    "acceptance": accepted_per_second,
    "generate": generate_over_http,
    "dialects": dialect_figures,
    "fanout": fanout_figures,
    "reconnect": reconnect_figures,
    "growth": growth_figures,
    "soak": soak_figures,
    "webhooks": webhook_figures,
    "machines": many_machine_figures,
    "waiting": waiting_figures,
}
MAX_DURATION = 180  # seconds of one part
MAX_DURATIONS = {"growth": 300, "machines": 600, "waiting": 300}  # seconds of parts that take longer
STOP_TIMEOUT = 15  # seconds
MAX_TOTAL = 2_400  # seconds of all of them


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--rows", type=int, default=ROWS, help="generations in the database of `growth` (%(default)s)")
    parser.add_argument("--generations", type=int, default=GENERATIONS, help="of the part `machines` (%(default)s)")
    parser.add_argument("--here", metavar="DIRECTORY", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; the parts are {', '.join(PARTS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: stopped"))  # so that what runs is stopped
    if arguments.here:
        _measure_here(arguments.parts[0], Path(arguments.here), rows=arguments.rows, generations=arguments.generations)
        return
    ends_at = time.monotonic() + MAX_TOTAL
    options = (f"--rows={arguments.rows}", f"--generations={arguments.generations}")
    failed = [part for part in arguments.parts or PARTS if not _measure(part, options, ends_at - time.monotonic())]
    if failed:
        sys.exit(f"bench: no figures of {', '.join(failed)}")


def _measure(part: str, options: Sequence[str], remaining: float) -> bool:
    """Run a part in a process of its own, which prints its figures. Return whether it ended well and in time.

    At the end of its time, or of this program, it is told to end, which stops PostgreSQL; then its whole session is
    killed, the servers that it started included.
    """
    limit = min(MAX_DURATIONS.get(part, MAX_DURATION), remaining)
    if limit <= 0:
        return False
    with tempfile.TemporaryDirectory(prefix="doitong-bench-") as directory:
        command = [sys.executable, "-m", "benchmarks", "--here", directory, part, *options]
        process = subprocess.Popen(command, start_new_session=True)
        try:
            return process.wait(limit) == 0
        except subprocess.TimeoutExpired:
            print(f"bench: {part} was stopped after {limit:.0f} s", flush=True)
            return False
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_TIMEOUT)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _measure_here(part: str, directory: Path, *, rows: int, generations: int) -> None:
    measures: Mapping[str, Measure] = {
        **PARTS,
        "growth": partial(growth_figures, rows=rows),
        "machines": partial(many_machine_figures, generations=generations),
    }
    result = measures[part](directory)
    figures = asyncio.run(_awaited(result)) if inspect.isawaitable(result) else result
    Console(highlight=False).print(_table(figures))


async def _awaited(result: Awaitable[list[Figure]]) -> list[Figure]:
    return await result


def _table(figures: list[Figure]) -> Table:
    table = Table(box=None)
    for heading in ("figure", "measured", "target"):
        table.add_column(heading)
    for figure in figures:
        table.add_row(figure.name, figure.measured, figure.target)
    return table


main()
