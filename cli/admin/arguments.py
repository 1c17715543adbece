"""Arguments of the commands that run and administer a server."""

from functools import partial
from pathlib import Path

from accounts.plans import PlanName
from accounts.principal import DEFAULT_SCOPES, Scope
from cli.argument_types import Subparsers, bounded_integer, duration, one_of
from credits.ledger import MAX_BALANCE
from server.roles.role import Role
from server.settings import DEFAULT_PORT
from webhooks.deliveries import DeliveryStatus

MAX_PORT = 65_535
MAX_PROCESSES = 256
COUNT = partial(bounded_integer, minimum=0, maximum=MAX_BALANCE)
POSITIVE = partial(bounded_integer, minimum=1, maximum=MAX_BALANCE)
PROCESSES = partial(bounded_integer, minimum=1, maximum=MAX_PROCESSES)
PORT = partial(bounded_integer, minimum=0, maximum=MAX_PORT)
DATA_DIRECTORY_HELP = "default: DOITONG_DATA_DIR, or ./doitong-data"


def add_admin_commands(commands: Subparsers) -> None:
    """Add `serve`, `keys`, `credits`, `plan`, `webhooks` and `doctor`."""
    _add_serve(commands)
    _add_keys(commands)
    _add_credits(commands)
    _add_plan(commands)
    _add_webhooks(commands)
    doctor = commands.add_parser("doctor", help="report what is configured and what is missing")
    doctor.add_argument("--data-dir", type=Path, help=DATA_DIRECTORY_HELP)
    doctor.add_argument(
        "--online", action="store_true", help="also call each configured upstream to check its credentials, at no cost"
    )
    doctor.add_argument(
        "--files", action="store_true", help="also read all media files, to find what is missing or damaged"
    )
    doctor.set_defaults(command="cli.admin.doctor")


def _add_serve(commands: Subparsers) -> None:
    serve = commands.add_parser("serve", help="run the server")
    serve.add_argument("--dev", action="store_true", help="print a test key; allow loopback addresses and http URLs")
    serve.add_argument("--host", help="default: DOITONG_HOST, or 127.0.0.1")
    serve.add_argument(
        "--port",
        type=PORT,
        help=f"default: DOITONG_PORT, or {DEFAULT_PORT}; 0 selects a free port",
    )
    serve.add_argument("--data-dir", type=Path, help=DATA_DIRECTORY_HELP)
    serve.add_argument(
        "--role",
        type=one_of(Role),
        default=Role.ALL,
        metavar="ROLE",
        help="all (default), api (serves requests) or worker (runs generations); the last two need PostgreSQL",
    )
    serve.add_argument(
        "--workers",
        type=PROCESSES,
        default=1,
        metavar="N",
        help="number of processes that share the port, 1 by default; more need PostgreSQL",
    )
    serve.set_defaults(command="cli.admin.serve")


def _add_keys(commands: Subparsers) -> None:
    keys = commands.add_parser("keys", help="create, list and revoke API keys").add_subparsers(
        required=True, metavar="COMMAND"
    )
    _add_key_creation(keys)
    listing = keys.add_parser("list", help="list API keys")
    listing.add_argument("--account", help="only keys of this account")
    listing.add_argument("--data-dir", type=Path, help=DATA_DIRECTORY_HELP)
    listing.set_defaults(command="cli.admin.keys", action="list")
    revoke = keys.add_parser("revoke", help="revoke a key permanently; running servers reject it within five seconds")
    revoke.add_argument("key_id", metavar="ID", help="from `doitong keys list`")
    revoke.add_argument("--data-dir", type=Path, help=DATA_DIRECTORY_HELP)
    revoke.set_defaults(command="cli.admin.keys", action="revoke")


def _add_key_creation(keys: Subparsers) -> None:
    create = keys.add_parser("create", help="create an API key and print it; it is not shown again")
    create.add_argument("name", help="name of the account and of the key")
    create.add_argument(
        "--plan",
        type=one_of(PlanName),
        metavar="PLAN",
        help="plan of a new account: free (default), starter, pro or enterprise",
    )
    create.add_argument(
        "--credits", type=COUNT, default=0, help="credits to grant, in the mode of the key: live or test"
    )
    create.add_argument(
        "--test", action="store_true", help="create a test key, with which everything is generated locally"
    )
    create.add_argument(
        "--scopes",
        type=one_of(Scope),
        nargs="+",
        default=list(DEFAULT_SCOPES),
        metavar="SCOPE",
        help="permissions: generate, read and webhooks (the default), keys, admin",
    )
    create.add_argument(
        "--expires", type=duration, metavar="DURATION", help="lifetime, such as 12h or 30d; unlimited by default"
    )
    create.add_argument(
        "--spend-cap", type=COUNT, metavar="CREDITS", help="maximum number of credits that the key may hold and spend"
    )
    create.add_argument("--account", help="add the key to this account instead of creating one")
    create.add_argument("--data-dir", type=Path, help=DATA_DIRECTORY_HELP)
    create.set_defaults(command="cli.admin.keys", action="create")


def _add_credits(commands: Subparsers) -> None:
    credits_parser = commands.add_parser("credits", help="grant credits").add_subparsers(
        required=True, metavar="COMMAND"
    )
    grant = credits_parser.add_parser("grant", help="add credits to an account")
    grant.add_argument("account", help="account id, from `doitong keys list`")
    grant.add_argument("amount", type=POSITIVE, help="number of credits")
    grant.add_argument("--test", action="store_true", help="add test credits, which test keys spend")
    grant.add_argument("--data-dir", type=Path, help=DATA_DIRECTORY_HELP)
    grant.set_defaults(command="cli.admin.credits")


def _add_plan(commands: Subparsers) -> None:
    plan = commands.add_parser(
        "plan", help="change the plan of an account; running servers apply it within five seconds"
    )
    plan.add_argument("account", help="account id, from `doitong keys list`")
    plan.add_argument("plan", type=one_of(PlanName), metavar="PLAN", help="free, starter, pro or enterprise")
    plan.add_argument("--data-dir", type=Path, help=DATA_DIRECTORY_HELP)
    plan.set_defaults(command="cli.admin.plan")


def _add_webhooks(commands: Subparsers) -> None:
    webhooks = commands.add_parser("webhooks", help="list and replay webhook deliveries").add_subparsers(
        required=True, metavar="COMMAND"
    )
    listing = webhooks.add_parser("list", help="list the newest deliveries with their attempts")
    listing.add_argument("--account", help="only deliveries of this account")
    listing.add_argument(
        "--status",
        type=one_of(DeliveryStatus),
        metavar="STATUS",
        help="pending, delivered or failed",
    )
    listing.add_argument("--data-dir", type=Path, help=DATA_DIRECTORY_HELP)
    listing.set_defaults(command="cli.admin.webhooks", action="list")
    replay = webhooks.add_parser(
        "replay", help="send deliveries again; a running server sends them within five seconds"
    )
    replay.add_argument("delivery_ids", metavar="ID", nargs="+", help="from `doitong webhooks list`")
    replay.add_argument("--data-dir", type=Path, help=DATA_DIRECTORY_HELP)
    replay.set_defaults(command="cli.admin.webhooks", action="replay")
