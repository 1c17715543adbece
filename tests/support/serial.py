"""Parallel runs with pytest-xdist: tests marked `serial` run while no other worker runs a test.

Every test holds a lock on a file of the run, shared by default and exclusive for `serial` tests. A worker that waits
for the exclusive lock also holds the gate, so that the others cannot start further tests before it.
"""

import fcntl
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

GATE, TESTS = 0, 1  # byte ranges of the lock file
DEFAULT_TIMEOUT = 120  # seconds; tests with a longer one are started early


class ExclusionLock:
    """Runs the tests of one worker under the lock of the run."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("a+b")
        self._is_exclusive = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)  # outside of the timeout of the test
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        if not self._is_exclusive:
            self._acquire(exclusive=is_serial(item))
        try:
            return (yield)
        finally:
            if not (self._is_exclusive and nextitem is not None and is_serial(nextitem)):
                self._release()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put serial tests first, so that one worker runs all of them, then the long ones, so that none is the last."""
        items.sort(key=lambda item: (not is_serial(item), not is_long(item)))

    def pytest_unconfigure(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def _acquire(self, *, exclusive: bool) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_EX, 1, GATE)
        fcntl.lockf(self._file, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH, 1, TESTS)
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, GATE)
        self._is_exclusive = exclusive

    def _release(self) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, TESTS)
        self._is_exclusive = False


def is_serial(item: pytest.Item) -> bool:
    return item.get_closest_marker("serial") is not None


def is_long(item: pytest.Item) -> bool:
    timeout = item.get_closest_marker("timeout")
    return item.get_closest_marker("slow") is not None or (timeout is not None and timeout.args[0] > DEFAULT_TIMEOUT)


def pytest_configure(config: pytest.Config) -> None:
    run = getattr(config, "workerinput", {}).get("testrunuid")
    if run is not None:
        lock = ExclusionLock(Path(tempfile.gettempdir()) / f"doitong-tests-{run}.lock")
        config.pluginmanager.register(lock, "exclusion-lock")
