"""Reads the command line and hands over to the command."""

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import httpx
from rich.console import Console

from accounts.keys import DEFAULT_SCOPES, Scope
from accounts.plans import PlanName
from database.transaction import AlreadyClaimed
from kit.errors import DoitongError
from providers.backend import GenerationType
from server.cli.errors import Refused
from server.settings import DEFAULT_PORT, BadSetting

FAILED = 1
DURATION = re.compile(r"(\d+)([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its status."""
    options = vars(_parser().parse_args(arguments))
    command = options.pop("command")
    try:
        sys.exit(_run(command, options))
    except (AlreadyClaimed, BadSetting, DoitongError, Refused, OSError, httpx.HTTPError) as error:
        Console(stderr=True).print(f"doitong: {error}", style="red", markup=False)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(FAILED)


def _run(command: str, options: dict[str, object]) -> int:
    """Import only what the command needs: a server should be up at once, a client too."""
    from importlib import import_module

    return int(import_module(f"server.cli.{command}").run(**options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="doitong", description="AI media generation over GraphQL.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(commands)
    _add_keys(commands)
    _add_credits(commands)
    _add_generate(commands)
    demo = commands.add_parser("demo", help="make one of each kind of media and say what came out")
    demo.add_argument("--output", type=Path, default=Path("demo-output"), help="where to write the files")
    demo.set_defaults(command="demo")
    doctor = commands.add_parser("doctor", help="say what is configured and what is missing")
    doctor.add_argument("--data-dir", type=Path)
    doctor.set_defaults(command="doctor")
    return parser


def _add_serve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    serve = commands.add_parser("serve", help="run the server")
    serve.add_argument("--dev", action="store_true", help="print a test key; allow loopback and http inputs")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=DEFAULT_PORT)
    serve.add_argument("--data-dir", type=Path, help="default: DOITONG_DATA_DIR, or doitong-data here")
    serve.set_defaults(command="serve")


def _add_keys(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    keys = commands.add_parser("keys", help="make, list and revoke keys").add_subparsers(
        required=True, metavar="COMMAND"
    )
    create = keys.add_parser("create", help="make a key and print it, once")
    create.add_argument("name")
    create.add_argument("--plan", type=_plan, choices=list(PlanName), default=PlanName.FREE, metavar="PLAN")
    create.add_argument("--credits", type=_count, default=0, help="credits to put into the books of the key's mode")
    create.add_argument("--test", action="store_true", help="a test key: everything is made locally")
    create.add_argument("--scopes", type=Scope, nargs="+", default=list(DEFAULT_SCOPES), metavar="SCOPE")
    create.add_argument("--expires", type=_duration, metavar="30d")
    create.add_argument("--spend-cap", type=_count, metavar="CREDITS", help="the most that it may hold and spend")
    create.add_argument("--account", help="add the key to this account rather than to a new one")
    create.add_argument("--data-dir", type=Path)
    create.set_defaults(command="keys", action="create")
    listing = keys.add_parser("list", help="show what keys there are")
    listing.add_argument("--account", help="only those of this account")
    listing.add_argument("--data-dir", type=Path)
    listing.set_defaults(command="keys", action="list")
    revoke = keys.add_parser("revoke", help="take a key back for good")
    revoke.add_argument("key_id", metavar="ID")
    revoke.add_argument("--data-dir", type=Path)
    revoke.set_defaults(command="keys", action="revoke")


def _add_credits(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    books = commands.add_parser("credits", help="grant credits").add_subparsers(required=True, metavar="COMMAND")
    grant = books.add_parser("grant", help="add credits to an account")
    grant.add_argument("account", help="the id, from `doitong keys list`")
    grant.add_argument("amount", type=_positive)
    grant.add_argument("--test", action="store_true", help="to the books of its test keys")
    grant.add_argument("--data-dir", type=Path)
    grant.set_defaults(command="credits")


def _add_generate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    generate = commands.add_parser("generate", help="make something and save it")
    generate.add_argument("prompt")
    generate.add_argument(
        "--type", type=_type, choices=list(GenerationType), default=GenerationType.IMAGE, metavar="TYPE"
    )
    generate.add_argument("--provider")
    generate.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="such as duration=5")
    generate.add_argument("-o", "--output", type=Path, help="default: a name from the type and the prompt")
    generate.add_argument("--url", help="default: DOITONG_URL, or the server on this machine")
    generate.add_argument("--key", help="default: DOITONG_API_KEY")
    generate.set_defaults(command="generate")


def _plan(text: str) -> PlanName:
    return PlanName(text.upper())


def _type(text: str) -> GenerationType:
    return GenerationType(text.upper())


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def _positive(text: str) -> int:
    number = _count(text)
    if number == 0:
        raise argparse.ArgumentTypeError("give at least 1")
    return number


def _duration(text: str) -> timedelta:
    match = DURATION.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 12h or 30d")
    return timedelta(**{UNITS[match[2]]: int(match[1])})
