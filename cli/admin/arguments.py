"""The arguments of the commands that run and administer a server."""

import os
from functools import partial
from pathlib import Path

from accounts.keys import DEFAULT_SCOPES, Scope
from accounts.plans import PlanName
from cli.argument_types import Subparsers, duration, one_of, whole_number
from credits.ledger import MAX_BALANCE
from server.settings import DEFAULT_PORT
from webhooks.deliveries import DeliveryStatus

MAX_PORT = 65_535
COUNT = partial(whole_number, least=0, most=MAX_BALANCE)
POSITIVE = partial(whole_number, least=1, most=MAX_BALANCE)
PORT = partial(whole_number, least=0, most=MAX_PORT)


def add_admin_commands(commands: Subparsers) -> None:
    """Add `serve`, `keys`, `credits`, `webhooks` and `doctor`."""
    _add_serve(commands)
    _add_keys(commands)
    _add_credits(commands)
    _add_webhooks(commands)
    doctor = commands.add_parser("doctor", help="say what is configured and what is missing")
    doctor.add_argument("--data-dir", type=Path)
    doctor.set_defaults(command="cli.admin.doctor")


def _add_serve(commands: Subparsers) -> None:
    serve = commands.add_parser("serve", help="run the server")
    serve.add_argument("--dev", action="store_true", help="print a test key; allow loopback and http inputs")
    serve.add_argument(
        "--host", default=os.environ.get("DOITONG_HOST", "127.0.0.1"), help="default: DOITONG_HOST, or 127.0.0.1"
    )
    serve.add_argument(
        "--port",
        type=PORT,
        default=os.environ.get("DOITONG_PORT", DEFAULT_PORT),
        help=f"default: DOITONG_PORT, or {DEFAULT_PORT}; 0 takes a free one",
    )
    serve.add_argument("--data-dir", type=Path, help="default: DOITONG_DATA_DIR, or doitong-data here")
    serve.set_defaults(command="cli.admin.serve")


def _add_keys(commands: Subparsers) -> None:
    keys = commands.add_parser("keys", help="make, list and revoke keys").add_subparsers(
        required=True, metavar="COMMAND"
    )
    create = keys.add_parser("create", help="make a key and print it, once")
    create.add_argument("name", help="what to call the account and its key")
    create.add_argument(
        "--plan",
        type=one_of(PlanName),
        metavar="PLAN",
        help="of a new account: free (the default), starter, pro or enterprise",
    )
    create.add_argument("--credits", type=COUNT, default=0, help="credits to put into the books of the key's mode")
    create.add_argument("--test", action="store_true", help="a test key: everything is made locally")
    create.add_argument(
        "--scopes",
        type=one_of(Scope),
        nargs="+",
        default=list(DEFAULT_SCOPES),
        metavar="SCOPE",
        help="any of generate, read, webhooks (the default: these three), keys and admin",
    )
    create.add_argument("--expires", type=duration, metavar="30d", help="when it ends: 12h, 30d; never by default")
    create.add_argument("--spend-cap", type=COUNT, metavar="CREDITS", help="the most that it may hold and spend")
    create.add_argument("--account", help="add the key to this account rather than to a new one")
    create.add_argument("--data-dir", type=Path)
    create.set_defaults(command="cli.admin.keys", action="create")
    listing = keys.add_parser("list", help="show what keys there are")
    listing.add_argument("--account", help="only those of this account")
    listing.add_argument("--data-dir", type=Path)
    listing.set_defaults(command="cli.admin.keys", action="list")
    revoke = keys.add_parser("revoke", help="take a key back for good; a server that runs notices within five seconds")
    revoke.add_argument("key_id", metavar="ID", help="from `doitong keys list`")
    revoke.add_argument("--data-dir", type=Path)
    revoke.set_defaults(command="cli.admin.keys", action="revoke")


def _add_credits(commands: Subparsers) -> None:
    books = commands.add_parser("credits", help="grant credits").add_subparsers(required=True, metavar="COMMAND")
    grant = books.add_parser("grant", help="add credits to an account")
    grant.add_argument("account", help="the id, from `doitong keys list`")
    grant.add_argument("amount", type=POSITIVE, help="how many")
    grant.add_argument("--test", action="store_true", help="to the books of its test keys")
    grant.add_argument("--data-dir", type=Path)
    grant.set_defaults(command="cli.admin.credits")


def _add_webhooks(commands: Subparsers) -> None:
    webhooks = commands.add_parser("webhooks", help="list webhook deliveries and send them again").add_subparsers(
        required=True, metavar="COMMAND"
    )
    listing = webhooks.add_parser("list", help="show the newest deliveries and how their attempts went")
    listing.add_argument("--account", help="only those of this account")
    listing.add_argument(
        "--status", type=one_of(DeliveryStatus), metavar="STATUS", help="only those: pending, delivered or failed"
    )
    listing.add_argument("--data-dir", type=Path)
    listing.set_defaults(command="cli.admin.webhooks", action="list")
    again = webhooks.add_parser("replay", help="send deliveries again; a server that runs does so within five seconds")
    again.add_argument("delivery_ids", metavar="ID", nargs="+", help="from `doitong webhooks list`")
    again.add_argument("--data-dir", type=Path)
    again.set_defaults(command="cli.admin.webhooks", action="replay")
