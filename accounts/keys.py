"""Keys: made, shown once, and recognised again by their digest."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from accounts import repository
from accounts.plans import PlanName
from database.transaction import Database, Transaction
from kit.clock import Clock
from kit.errors import Forbidden, NotFound, Unauthenticated
from kit.ids import new_id
from kit.tokens import digest, is_well_formed, new_token

LIVE_PREFIX = "sk_live_"
TEST_PREFIX = "sk_test_"
HINT_CHARACTERS = 4
TRUST = timedelta(seconds=5)  # how long a key that was looked up is believed without looking again
REMEMBERED = 10_000  # keys


class Scope(StrEnum):
    """What a key may be used for."""

    GENERATE = "generate"
    READ = "read"
    WEBHOOKS = "webhooks"
    KEYS = "keys"
    ADMIN = "admin"


DEFAULT_SCOPES = (Scope.GENERATE, Scope.READ, Scope.WEBHOOKS)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking."""

    account_id: str
    key_id: str
    plan: PlanName
    test_mode: bool
    scopes: frozenset[Scope]


def require_scope(principal: Principal, scope: Scope) -> None:
    """Raise `Forbidden` unless the key may be used for this."""
    if scope not in principal.scopes and Scope.ADMIN not in principal.scopes:
        raise Forbidden(f"This key has no `{scope}` scope. Use a key that has it, or make one.", scope=scope.value)


def create_account(transaction: Transaction, *, name: str, plan: PlanName, at: datetime) -> str:
    """Make an account and return its id."""
    account_id = new_id("acc", at)
    secret = new_token("whsec_")
    row = {"id": account_id, "name": name, "plan": plan.value, "webhook_secret": secret, "created_at": at}
    repository.insert_account(transaction.connection, row)
    return account_id


def create_key(
    transaction: Transaction,
    account_id: str,
    *,
    name: str,
    test_mode: bool,
    secret: bytes,
    at: datetime,
    scopes: tuple[Scope, ...] = DEFAULT_SCOPES,
    expires_at: datetime | None = None,
    token: str | None = None,
) -> str:
    """Make a key of an account and return it: it is shown this once and only its digest is kept."""
    if repository.load_account(transaction.connection, account_id) is None:
        raise NotFound(f"There is no account {account_id!r}.")
    token = token or new_token(TEST_PREFIX if test_mode else LIVE_PREFIX)
    repository.insert_key(
        transaction.connection,
        {
            "id": new_id("key", at),
            "account_id": account_id,
            "name": name,
            "digest": digest(token, secret),
            "hint": token[-HINT_CHARACTERS:],
            "test_mode": test_mode,
            "scopes": [scope.value for scope in scopes],
            "created_at": at,
            "expires_at": expires_at,
        },
    )
    return token


def is_known(connection: Connection, token: str, secret: bytes) -> bool:
    """Whether the key was made before, revoked or not."""
    return repository.find_key(connection, digest(token, secret)) is not None


class Authenticator:
    """Tells whose key a request carries, asking the database at most once per key every few seconds."""

    def __init__(self, database: Database, *, secret: bytes, clock: Clock) -> None:
        self._database, self._secret, self._clock = database, secret, clock
        self._known: dict[str, tuple[datetime, Principal]] = {}

    async def authenticate(self, token: str | None) -> Principal:
        """The principal of a key. Raises `Unauthenticated`."""
        if not token:
            raise Unauthenticated(
                "This request has no key. Send it as `Authorization: Bearer sk_…` or `X-API-Key: sk_…`."
            )
        now = self._clock.now()
        fingerprint = digest(token, self._secret)
        known = self._known.get(fingerprint)
        if known is not None and known[0] > now:
            return known[1]
        principal = await self._look_up(token, fingerprint, now)
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[fingerprint] = (now + TRUST, principal)
        return principal

    async def _look_up(self, token: str, fingerprint: str, now: datetime) -> Principal:
        if not any(is_well_formed(token, prefix) for prefix in (LIVE_PREFIX, TEST_PREFIX)):
            raise Unauthenticated("The key is not one of this server's: it was cut short, mistyped or made elsewhere.")

        def find(connection: Connection) -> Principal:
            row = repository.find_key(connection, fingerprint)
            if row is None or row["revoked_at"] is not None:
                raise Unauthenticated("The key is unknown or was revoked.")
            if row["expires_at"] is not None and row["expires_at"] <= now:
                raise Unauthenticated("The key has expired.")
            return Principal(
                account_id=row["account_id"],
                key_id=row["key_id"],
                plan=PlanName(row["plan"]),
                test_mode=row["test_mode"],
                scopes=frozenset(Scope(scope) for scope in row["scopes"]),
            )

        return await self._database.read(find)
