"""Progress from the progress bars that models write to their logs with tqdm, such as ` 40%|████      | 20/50`."""

import re

PERCENT = re.compile(r"(\d{1,3})%\|")
MAX_TAIL = 10_000  # characters


def percent_of(logs: str) -> int | None:
    """Return the percentage of the last progress bar, or None."""
    percents = PERCENT.findall(logs[-MAX_TAIL:])
    return min(int(percents[-1]), 100) if percents else None
