"""Authentication of API keys, with a cache of a few seconds."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping

from accounts import repository
from accounts.client_tokens import CLIENT_LIVE_PREFIX, CLIENT_TEST_PREFIX
from accounts.plans import PlanName
from accounts.principal import LIVE_PREFIX, PRINCIPAL_CHANGED, TEST_PREFIX, Principal, Scope
from database.transaction import Database
from kit.clock import Clock, WakeableTimer
from kit.errors import Unauthenticated
from kit.retry import retry_until_done
from kit.tokens import digest, is_well_formed

PREFIXES = (LIVE_PREFIX, TEST_PREFIX, CLIENT_LIVE_PREFIX, CLIENT_TEST_PREFIX)
CACHE_TTL = timedelta(seconds=5)  # how long a looked-up key is cached
UNNOTIFIED_TTL = timedelta(seconds=1)  # the same while notifications of revocations do not arrive
MAX_CACHED = 10_000  # keys
SAVE_INTERVAL = timedelta(seconds=5)


class Authenticator:
    """Looks up keys and caches them for `CACHE_TTL`; records when each was last used."""

    def __init__(self, database: Database, *, secret: bytes, clock: Clock, max_cached: int = MAX_CACHED) -> None:
        self._database, self._secret, self._clock, self._max_cached = database, secret, clock, max_cached
        self._known: dict[str, tuple[datetime, Principal]] = {}
        self._uses: dict[str, datetime] = {}
        self._revocations = 0

    async def authenticate(self, token: str | None) -> Principal:
        """Return the principal of a key. Raises `Unauthenticated`."""
        if not token:
            raise Unauthenticated(
                "This request has no key. Send it as `Authorization: Bearer sk_…` or `X-API-Key: sk_…`."
            )
        now = self._clock.now()
        fingerprint = self.fingerprint(token)
        known = self.known_principal(fingerprint)
        if known is not None:
            return known
        revocations = self._revocations
        principal = await self._look_up(token, fingerprint, now)
        self._uses[principal.key_id] = now
        if revocations != self._revocations:
            return principal  # it may have been read just before a revocation
        if len(self._known) >= self._max_cached:
            self._known.clear()
        self._known[fingerprint] = (min(now + CACHE_TTL, principal.expires_at or now + CACHE_TTL), principal)
        return principal

    @property
    def cached_keys(self) -> int:
        """The number of keys in the cache."""
        return len(self._known)

    def fingerprint(self, token: str) -> str:
        """Return what a key is looked up by."""
        return digest(token, self._secret)

    def known_principal(self, fingerprint: str) -> Principal | None:
        """Return the principal of a key from the cache, or None if it has to be looked up."""
        known = self._known.get(fingerprint)
        if known is None:
            return None
        # While revocations do not arrive, a key is looked up again soon.
        ends = known[0] if self._database.is_listening else known[0] - CACHE_TTL + UNNOTIFIED_TTL
        return known[1] if ends > self._clock.now() else None

    def listen(self) -> None:
        """Evict keys that any process revokes, and the keys of accounts that it changes, from now on."""
        self._database.listen(PRINCIPAL_CHANGED, self.evict, on_listening=self.evict_all)

    def evict_all(self) -> None:
        """Remove every key from the cache."""
        self._revocations += 1
        self._known.clear()

    def evict(self, subject: str) -> None:
        """Remove a key, and the client tokens issued with it, from the cache; or all keys of an account."""
        self._revocations += 1
        revoked = [
            fingerprint
            for fingerprint, (_, principal) in self._known.items()
            if subject in (principal.key_id, principal.parent_key_id, principal.account_id)
        ]
        for fingerprint in revoked:
            del self._known[fingerprint]

    async def save_uses(self) -> None:
        """Save when keys were last used. Safe to repeat."""
        uses = dict(self._uses)
        if uses:
            await self._database.transact(lambda t: repository.save_uses(t.connection, uses))
        self._uses = {key_id: at for key_id, at in self._uses.items() if uses.get(key_id) != at}

    async def save_uses_forever(self) -> None:
        """Save last uses every few seconds, until cancelled."""
        timer = WakeableTimer(self._clock)
        while True:
            await timer.wait_until(self._clock.now() + SAVE_INTERVAL)
            await retry_until_done(self.save_uses, timer, self._clock, name="key_uses")

    async def _look_up(self, token: str, fingerprint: str, now: datetime) -> Principal:
        if not any(is_well_formed(token, prefix) for prefix in PREFIXES):
            raise Unauthenticated("The key is invalid: it is truncated, mistyped or of another server.")

        def find(connection: Connection) -> Principal:
            row = repository.find_api_key(connection, fingerprint)
            if row is None or row["revoked_at"] is not None or row["parent_revoked_at"] is not None:
                raise Unauthenticated("The key is unknown or was revoked.")
            principal = _principal(row)
            if principal.expires_at is not None and principal.expires_at <= now:
                raise Unauthenticated("The key has expired.")
            return principal

        return await self._database.read(find)


def _principal(row: RowMapping) -> Principal:
    ends = [moment for moment in (row["expires_at"], row["parent_expires_at"]) if moment is not None]
    caps = {row["key_id"]: row["spend_cap"], row["parent_id"]: row["parent_spend_cap"]}
    return Principal(
        account_id=row["account_id"],
        key_id=row["key_id"],
        plan=PlanName(row["plan"]),
        test_mode=row["test_mode"],
        scopes=frozenset(Scope(scope) for scope in row["scopes"]),
        expires_at=min(ends, default=None),
        parent_key_id=row["parent_id"],
        generation_id=row["generation_id"],
        keys_with_spend_cap=tuple(key_id for key_id, cap in caps.items() if cap is not None),
    )
