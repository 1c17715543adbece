"""A group of processes that print their number and id, and wait: `python -m tests.support.supervised_program N`."""

import os
import select
import signal
import sys

from cli.admin.process_supervisor import EXIT_FAILURE, EXIT_SUCCESS, ChildProcess, ProcessSupervisor

FAILING = "failing"


def wait(child: ChildProcess) -> int:
    """Report this process, first to the supervisor, and wait for SIGTERM or the end of the parent."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_SUCCESS))
    child.report_ready()
    sys.stdout.write(f"{child.number} {os.getpid()}\n")
    sys.stdout.flush()
    select.select([child.parent_pipe], [], [])
    return EXIT_SUCCESS


def fail(_: ChildProcess) -> int:
    return EXIT_FAILURE


if __name__ == "__main__":
    sys.exit(ProcessSupervisor(int(sys.argv[1]), fail if FAILING in sys.argv else wait).run())
