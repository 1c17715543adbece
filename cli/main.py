"""Parses the command line and runs the command."""

import argparse
import gc
import sys
from collections.abc import Sequence
from importlib import import_module

import httpx

from cli.admin.arguments import add_admin_commands
from cli.client.arguments import add_client_commands
from cli.errors import CommandError, reason_of
from database.errors import UnusableDatabase
from database.transaction import DatabaseInUse
from kit.errors import DoitongError
from kit.version import version
from server.given_settings import BadSetting

EXIT_FAILURE = 1


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its status; errors are printed as one line."""
    options = vars(_parser().parse_args(arguments))
    command = options.pop("command")
    try:
        sys.exit(_run(command, options))
    except (
        DatabaseInUse,
        BadSetting,
        CommandError,
        DoitongError,
        UnusableDatabase,
        OSError,
        httpx.HTTPError,
    ) as error:
        _print_error(f"doitong: {reason_of(error)}")
        sys.exit(EXIT_FAILURE)
    except KeyboardInterrupt:
        sys.exit(EXIT_FAILURE)


def _print_error(text: str) -> None:
    from rich.console import Console  # slow to import, and not needed by a server that starts

    Console(stderr=True, soft_wrap=True).print(text, style="red", markup=False)


def _run(command: str, options: dict[str, object]) -> int:
    """Import only the module of the command, to keep the start fast, and exempt modules from garbage collection.

    `cli.__main__` has disabled the collection until then.
    """
    module = import_module(command)
    gc.freeze()
    gc.enable()
    return int(module.run(**options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="doitong", description="AI media generation over GraphQL.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_admin_commands(commands)
    add_client_commands(commands)
    return parser
