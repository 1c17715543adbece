"""Reads the command line and hands over to the command."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import httpx
from rich.console import Console

from accounts.keys import DEFAULT_SCOPES, Scope
from accounts.plans import PlanName
from credits.ledger import LARGEST_BOOK
from database.open import UnusableDatabase
from database.transaction import AlreadyClaimed
from kit.errors import DoitongError
from providers.backend import GenerationType
from server.cli.errors import Refused
from server.settings import DEFAULT_PORT, BadSetting
from webhooks.deliveries import DeliveryStatus

FAILED = 1
DURATION = re.compile(r"(\d+)([smhd])")
LONGEST_DURATION = timedelta(days=36_500)
LARGEST_PORT = 65_535
E = TypeVar("E", bound=StrEnum)
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its status."""
    options = vars(_parser().parse_args(arguments))
    command = options.pop("command")
    try:
        sys.exit(_run(command, options))
    except (AlreadyClaimed, BadSetting, DoitongError, Refused, UnusableDatabase, OSError, httpx.HTTPError) as error:
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
    _add_webhooks(commands)
    _add_generate(commands)
    _add_listen(commands)
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
    serve.add_argument(
        "--host", default=os.environ.get("DOITONG_HOST", "127.0.0.1"), help="default: DOITONG_HOST, or 127.0.0.1"
    )
    serve.add_argument(
        "--port",
        type=_port,
        default=os.environ.get("DOITONG_PORT", DEFAULT_PORT),
        help=f"default: DOITONG_PORT, or {DEFAULT_PORT}; 0 takes a free one",
    )
    serve.add_argument("--data-dir", type=Path, help="default: DOITONG_DATA_DIR, or doitong-data here")
    serve.set_defaults(command="serve")


def _add_keys(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    keys = commands.add_parser("keys", help="make, list and revoke keys").add_subparsers(
        required=True, metavar="COMMAND"
    )
    create = keys.add_parser("create", help="make a key and print it, once")
    create.add_argument("name", help="what to call the account and its key")
    create.add_argument(
        "--plan", type=_plan, metavar="PLAN", help="of a new account: free (the default), starter, pro or enterprise"
    )
    create.add_argument("--credits", type=_count, default=0, help="credits to put into the books of the key's mode")
    create.add_argument("--test", action="store_true", help="a test key: everything is made locally")
    create.add_argument(
        "--scopes",
        type=_scope,
        nargs="+",
        default=list(DEFAULT_SCOPES),
        metavar="SCOPE",
        help="any of generate, read, webhooks (the default: these three), keys and admin",
    )
    create.add_argument("--expires", type=_duration, metavar="30d", help="when it ends: 12h, 30d; never by default")
    create.add_argument("--spend-cap", type=_count, metavar="CREDITS", help="the most that it may hold and spend")
    create.add_argument("--account", help="add the key to this account rather than to a new one")
    create.add_argument("--data-dir", type=Path)
    create.set_defaults(command="keys", action="create")
    listing = keys.add_parser("list", help="show what keys there are")
    listing.add_argument("--account", help="only those of this account")
    listing.add_argument("--data-dir", type=Path)
    listing.set_defaults(command="keys", action="list")
    revoke = keys.add_parser("revoke", help="take a key back for good; a server that runs notices within five seconds")
    revoke.add_argument("key_id", metavar="ID", help="from `doitong keys list`")
    revoke.add_argument("--data-dir", type=Path)
    revoke.set_defaults(command="keys", action="revoke")


def _add_credits(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    books = commands.add_parser("credits", help="grant credits").add_subparsers(required=True, metavar="COMMAND")
    grant = books.add_parser("grant", help="add credits to an account")
    grant.add_argument("account", help="the id, from `doitong keys list`")
    grant.add_argument("amount", type=_positive, help="how many")
    grant.add_argument("--test", action="store_true", help="to the books of its test keys")
    grant.add_argument("--data-dir", type=Path)
    grant.set_defaults(command="credits")


def _add_webhooks(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    webhooks = commands.add_parser("webhooks", help="list webhook deliveries and send them again").add_subparsers(
        required=True, metavar="COMMAND"
    )
    listing = webhooks.add_parser("list", help="show the newest deliveries and how their attempts went")
    listing.add_argument("--account", help="only those of this account")
    listing.add_argument(
        "--status", type=_delivery_status, metavar="STATUS", help="only those: pending, delivered or failed"
    )
    listing.add_argument("--data-dir", type=Path)
    listing.set_defaults(command="webhooks", action="list")
    again = webhooks.add_parser("replay", help="send deliveries again; a server that runs does so within five seconds")
    again.add_argument("delivery_ids", metavar="ID", nargs="+", help="from `doitong webhooks list`")
    again.add_argument("--data-dir", type=Path)
    again.set_defaults(command="webhooks", action="replay")


def _add_generate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    generate = commands.add_parser("generate", help="make something and save it")
    generate.add_argument("prompt", help="what to make, or the words to be spoken")
    generate.add_argument(
        "--type",
        type=_type,
        default=GenerationType.IMAGE,
        metavar="TYPE",
        help="image (the default), video, audio, avatar or music",
    )
    generate.add_argument("--provider", help="a provider's id; chosen for you when left out")
    generate.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="such as duration=5")
    generate.add_argument("-o", "--output", type=Path, help="default: a name from the type and the prompt")
    generate.add_argument("--url", help="default: DOITONG_URL, or the server on this machine")
    generate.add_argument("--key", help="default: DOITONG_API_KEY")
    generate.set_defaults(command="generate")


def _add_listen(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    listen = commands.add_parser("listen", help="have your webhooks delivered to a port of this machine")
    listen.add_argument("--forward", required=True, metavar="URL", help="such as http://localhost:3000/hook")
    listen.add_argument("--events", help="only these, separated by commas; default: every end of a generation")
    listen.add_argument("--progress", action="store_true", help="generation.progress too")
    listen.add_argument("--secret", metavar="whsec_…", help="sign with this; default: the account's own")
    listen.add_argument("--url", help="default: DOITONG_URL, or the server on this machine")
    listen.add_argument("--key", help="default: DOITONG_API_KEY")
    listen.set_defaults(command="listen")


def _plan(text: str) -> PlanName:
    return _one_of(PlanName, text.upper())


def _type(text: str) -> GenerationType:
    return _one_of(GenerationType, text.upper())


def _scope(text: str) -> Scope:
    return _one_of(Scope, text.lower())


def _delivery_status(text: str) -> DeliveryStatus:
    return _one_of(DeliveryStatus, text.upper())


def _one_of(choices: type[E], text: str) -> E:
    try:
        return choices(text)
    except ValueError:
        names = ", ".join(choice.value.lower() for choice in choices)
        raise argparse.ArgumentTypeError(f"{text.lower()!r} is none of {names}") from None


def _count(text: str) -> int:
    return _whole_number(text, least=0, most=LARGEST_BOOK)


def _positive(text: str) -> int:
    return _whole_number(text, least=1, most=LARGEST_BOOK)


def _port(text: str) -> int:
    return _whole_number(text, least=0, most=LARGEST_PORT)


def _whole_number(text: str, *, least: int, most: int) -> int:
    if not text.isdecimal() or len(text) > len(str(most)) or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
    return int(text)


def _duration(text: str) -> timedelta:
    match = DURATION.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 12h or 30d")
    try:
        duration = timedelta(**{UNITS[match[2]]: int(match[1])})
    except OverflowError:
        duration = timedelta.max
    if not timedelta(0) < duration <= LONGEST_DURATION:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 1s and {LONGEST_DURATION.days}d")
    return duration
