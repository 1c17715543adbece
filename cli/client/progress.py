"""Progress bars of generations, fed by subscriptions."""

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from cli.client.graphql_client import Client


def progress_bars(console: Console) -> Progress:
    """Return bars with label, percentage, stage and elapsed time."""
    return Progress(
        TextColumn("{task.description:<8}"),
        BarColumn(bar_width=32),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[stage]:<10}", style="dim"),
        TimeElapsedColumn(),
        console=console,
    )


async def follow_with_bar(client: Client, generation_id: str, progress: Progress, *, label: str) -> dict[str, Any]:
    """Update the generation's bar until it ends, and return its last state."""
    task = progress.add_task(label, total=100, stage="")
    state: dict[str, Any] = {}
    async for state in client.follow(generation_id):
        progress.update(task, completed=state["progress"], stage=state["stage"].lower())
    progress.update(task, stage=state["status"].lower())
    progress.stop_task(task)
    return state
