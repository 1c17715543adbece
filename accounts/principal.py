"""The authenticated principal of a request, and the scopes of its key."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from accounts.plans import PlanName
from kit.errors import Forbidden

LIVE_PREFIX = "sk_live_"
TEST_PREFIX = "sk_test_"
PRINCIPAL_CHANGED = "principal_changed"
"""The notification channel of revoked keys and changed accounts; the payload is the id of the key or account."""


class Scope(StrEnum):
    """The permissions of a key."""

    GENERATE = "generate"
    READ = "read"
    WEBHOOKS = "webhooks"
    KEYS = "keys"
    ADMIN = "admin"


DEFAULT_SCOPES = (Scope.GENERATE, Scope.READ, Scope.WEBHOOKS)


@dataclass(frozen=True, slots=True)
class Principal:
    """The authenticated caller."""

    account_id: str
    key_id: str
    plan: PlanName
    test_mode: bool
    scopes: frozenset[Scope]
    expires_at: datetime | None = None
    parent_key_id: str | None = None
    """The key that issued this client token."""
    generation_id: str | None = None
    """The only generation that this client token may access."""
    keys_with_spend_cap: tuple[str, ...] = ()
    """The key and its parent, where they have a spend cap."""

    def may_see(self, generation_id: str) -> bool:
        """Whether the principal may access the generation."""
        return self.generation_id in (None, generation_id)


def require_scope(principal: Principal, scope: Scope) -> None:
    """Raise `Forbidden` unless the key has the scope."""
    if scope not in principal.scopes and Scope.ADMIN not in principal.scopes:
        raise Forbidden(
            f"This key does not have the scope `{scope}`. Use or create a key that has it.", scope=scope.value
        )


def reject_single_generation_token(principal: Principal) -> None:
    """Raise `Forbidden` for a token that is limited to one generation."""
    if principal.generation_id is not None:
        raise Forbidden(f"This token is limited to {principal.generation_id}. Create one without `generationId`.")
