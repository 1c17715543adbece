"""Processes that share a port: one that dies is replaced, a signal ends them all, and none outlives its parent."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.server_process import ROOT

PROGRAM = (sys.executable, "-m", "tests.support.supervised_program")
TIMEOUT = 30  # seconds


class Group:
    """A running group, and its processes by number."""

    def __init__(self, *arguments: str) -> None:
        self.parent = subprocess.Popen([*PROGRAM, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.processes: dict[int, int] = {}

    def read(self, count: int) -> None:
        """Read the reports of `count` processes."""
        assert self.parent.stdout is not None
        for _ in range(count):
            number, process_id = map(int, self.parent.stdout.readline().split())
            self.processes[number] = process_id

    def wait(self) -> int:
        """Wait until every process has ended, and return the exit status of the parent."""
        assert self.parent.stdout is not None
        assert self.parent.stdout.read() == ""
        return self.parent.wait(TIMEOUT)

    def close(self) -> None:
        self.parent.kill()
        self.parent.wait(TIMEOUT)
        assert self.parent.stdout is not None
        self.parent.stdout.close()


@pytest.fixture
def group() -> Iterator[Group]:
    running = Group("2")
    running.read(2)
    yield running
    running.close()


def test_a_process_that_dies_is_replaced_and_the_others_stay(group: Group) -> None:
    killed, other = group.processes[1], group.processes[2]
    os.kill(killed, signal.SIGKILL)
    group.read(1)

    assert group.processes[1] != killed
    assert group.processes[2] == other


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all_processes(group: Group, number: signal.Signals) -> None:
    group.parent.send_signal(number)

    assert group.wait() == 0


def test_processes_end_with_their_parent(group: Group) -> None:
    group.parent.kill()

    assert group.wait() == -signal.SIGKILL


def test_a_group_whose_processes_do_not_start_fails() -> None:
    group = Group("2", "failing")

    assert group.wait() == 1
    group.close()
