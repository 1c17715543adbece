"""Several processes that do the same and share a listening socket: forked, watched, and replaced when they die."""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from kit.logs import get_logger

FIRST_DELAY, MAX_DELAY = 1.0, 60.0  # seconds before a process that died is replaced
STOP_TIMEOUT = 60.0  # seconds; longer than any process takes to stop
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
HANDLED = (*STOP_SIGNALS, signal.SIGCHLD)
EXIT_SUCCESS, EXIT_FAILURE = 0, 1

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Member:
    """One of the processes. `parent` becomes readable when the parent is gone."""

    number: int
    parent: int
    _ready: int

    def announce(self) -> None:
        """Tell the parent that this process works: the group then goes on if one of them dies."""
        os.write(self._ready, b".")


@dataclass(slots=True)
class _Place:
    """The place of one process in the group: the process, or when it is replaced."""

    process_id: int | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    delay: float = field(default=FIRST_DELAY)


class ProcessGroup:
    """Runs `count` processes until a signal ends them. `run_member` is called in each and returns its exit status.

    If a process ends before any of them has announced itself, the group has failed to start.
    """

    def __init__(self, count: int, run_member: Callable[[Member], int]) -> None:
        self._run_member = run_member
        self._places = {number: _Place() for number in range(1, count + 1)}
        self._parent, self._parent_alive = os.pipe()
        self._ready, self._ready_writer = os.pipe()
        os.set_blocking(self._ready, False)
        self._has_started = False
        self._kill_at: float | None = None
        self._status = EXIT_SUCCESS

    def run(self) -> int:
        """Return the exit status of the group: 0 after a signal, 1 if it failed to start."""
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
        try:
            while self._kill_at is None or self._running():
                if self._kill_at is None:
                    self._start_due(mask)
                received = signal.sigtimedwait(HANDLED, self._wait_time())
                if received is not None and received.si_signo in STOP_SIGNALS:
                    self._stop()
                self._reap()
                if self._kill_at is not None and time.monotonic() >= self._kill_at:
                    self._send(signal.SIGKILL)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return self._status

    def _start_due(self, mask: set[int | signal.Signals]) -> None:
        for number, place in self._places.items():
            if place.process_id is None and time.monotonic() >= place.due_at:
                place.started_at = time.monotonic()
                place.process_id = os.fork() or self._become_member(number, mask)

    def _become_member(self, number: int, mask: set[int | signal.Signals]) -> int:
        """Run in the new process, and end it."""
        os.close(self._parent_alive)
        os.close(self._ready)
        for place in self._places.values():
            place.process_id = None
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        sys.exit(self._run_member(Member(number, self._parent, self._ready_writer)))

    def _reap(self) -> None:
        for number, place in self._places.items():
            if place.process_id is None:
                continue
            ended, status = os.waitpid(place.process_id, os.WNOHANG)
            if ended:
                self._replace(number, place, os.waitstatus_to_exitcode(status))

    def _replace(self, number: int, place: _Place, exit_code: int) -> None:
        """Plan another process for the place of one that ended."""
        now, process_id = time.monotonic(), place.process_id
        place.process_id = None
        if self._kill_at is not None:
            return
        if not self._is_started():
            self._status = EXIT_FAILURE
            self._stop()
            return
        if now - place.started_at >= MAX_DELAY:
            place.delay = FIRST_DELAY
        place.due_at = now + place.delay
        logger.error("process_died", number=number, pid=process_id, exit_code=exit_code, restart_in=place.delay)
        place.delay = min(2 * place.delay, MAX_DELAY)

    def _is_started(self) -> bool:
        if not self._has_started:
            try:
                self._has_started = bool(os.read(self._ready, 1))
            except BlockingIOError:
                return False
        return self._has_started

    def _stop(self) -> None:
        if self._kill_at is None:
            self._kill_at = time.monotonic() + STOP_TIMEOUT
        self._send(signal.SIGTERM)

    def _send(self, number: signal.Signals) -> None:
        for process_id in self._running():
            os.kill(process_id, number)

    def _running(self) -> list[int]:
        return [place.process_id for place in self._places.values() if place.process_id is not None]

    def _wait_time(self) -> float:
        """Return the seconds until a process is started or killed."""
        times = [place.due_at for place in self._places.values() if place.process_id is None]
        moment = min(times, default=time.monotonic() + MAX_DELAY) if self._kill_at is None else self._kill_at
        return max(0.0, moment - time.monotonic())
