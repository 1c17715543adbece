"""Several processes that do the same: forked, watched, and replaced when they die."""

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
class ChildProcess:
    """One of the processes. `parent_pipe` becomes readable when the parent is gone."""

    number: int
    parent_pipe: int
    _ready: int

    def report_ready(self) -> None:
        """Report to the parent that this process works: from then on, a process that dies is replaced."""
        os.write(self._ready, b".")


@dataclass(slots=True)
class _Slot:
    """One of the processes: the running one, or when it is started again."""

    process_id: int | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    delay: float = field(default=FIRST_DELAY)


class ProcessSupervisor:
    """Runs `count` processes until a signal ends them. `run_child` is called in each and returns its exit status.

    If a process ends before any of them has reported that it is ready, the start has failed.
    """

    def __init__(self, count: int, run_child: Callable[[ChildProcess], int]) -> None:
        self._run_child = run_child
        self._slots = {number: _Slot() for number in range(1, count + 1)}
        self._parent_pipe, self._parent_pipe_writer = os.pipe()
        self._ready, self._ready_writer = os.pipe()
        os.set_blocking(self._ready, False)
        self._has_started = False
        self._kill_at: float | None = None
        self._status = EXIT_SUCCESS

    def run(self) -> int:
        """Return the exit status: 0 after a signal, 1 if it failed to start."""
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
        for number, slot in self._slots.items():
            if slot.process_id is None and time.monotonic() >= slot.due_at:
                slot.started_at = time.monotonic()
                slot.process_id = os.fork() or self._become_child(number, mask)

    def _become_child(self, number: int, mask: set[int | signal.Signals]) -> int:
        """Run in the new process, and end it."""
        os.close(self._parent_pipe_writer)
        os.close(self._ready)
        for slot in self._slots.values():
            slot.process_id = None
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        sys.exit(self._run_child(ChildProcess(number, self._parent_pipe, self._ready_writer)))

    def _reap(self) -> None:
        for number, slot in self._slots.items():
            if slot.process_id is None:
                continue
            ended, status = os.waitpid(slot.process_id, os.WNOHANG)
            if ended:
                self._replace(number, slot, os.waitstatus_to_exitcode(status))

    def _replace(self, number: int, slot: _Slot, exit_code: int) -> None:
        """Schedule the start of another process in place of one that ended."""
        now, process_id = time.monotonic(), slot.process_id
        slot.process_id = None
        if self._kill_at is not None:
            return
        if not self._is_started():
            self._status = EXIT_FAILURE
            self._stop()
            return
        if now - slot.started_at >= MAX_DELAY:
            slot.delay = FIRST_DELAY
        slot.due_at = now + slot.delay
        logger.error("process_died", number=number, pid=process_id, exit_code=exit_code, restart_in=slot.delay)
        slot.delay = min(2 * slot.delay, MAX_DELAY)

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
        return [slot.process_id for slot in self._slots.values() if slot.process_id is not None]

    def _wait_time(self) -> float:
        """Return the seconds until a process is started or killed."""
        times = [slot.due_at for slot in self._slots.values() if slot.process_id is None]
        moment = min(times, default=time.monotonic() + MAX_DELAY) if self._kill_at is None else self._kill_at
        return max(0.0, moment - time.monotonic())
