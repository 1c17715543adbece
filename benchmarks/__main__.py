"""`make bench`: start-up, media, polling, accepted generations per second, all APIs, subscriptions and webhooks."""

import asyncio
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.acceptance import accepted_per_second
from benchmarks.dialects import dialect_figures
from benchmarks.fanout import fanout_figures
from benchmarks.figure import Figure
from benchmarks.generate import generate_over_http
from benchmarks.media import media_figures
from benchmarks.polling import polling_under_load
from benchmarks.start import seconds_to_first_response
from benchmarks.webhooks import webhook_figures


def main() -> None:
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="doitong-bench-") as directory:
        figures = [seconds_to_first_response(Path(directory))]
        figures += asyncio.run(media_figures(Path(directory)))
        figures += polling_under_load(Path(directory))
        figures += asyncio.run(accepted_per_second(Path(directory)))
        figures += asyncio.run(generate_over_http(Path(directory)))
        figures += asyncio.run(dialect_figures(Path(directory)))
        figures += asyncio.run(fanout_figures(Path(directory)))
        figures += asyncio.run(webhook_figures(Path(directory)))
    console.print(_table(figures))


def _table(figures: list[Figure]) -> Table:
    table = Table(box=None)
    for heading in ("figure", "measured", "target"):
        table.add_column(heading)
    for figure in figures:
        table.add_row(figure.name, figure.measured, figure.target)
    return table


main()
