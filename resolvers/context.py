"""What a resolver is given: who asks, the services, and the headers of the answer."""

from collections.abc import Callable, Hashable, MutableMapping
from dataclasses import dataclass, field

from strawberry import Info as StrawberryInfo

from accounts.keys import Principal
from generations.services import Services
from schema.generation import SignedUrl


@dataclass(frozen=True, slots=True)
class Context:
    """Made anew for each operation."""

    principal: Principal
    services: Services
    signed_url: SignedUrl
    idempotency_key: str | None
    """The `Idempotency-Key` header."""
    response_headers: MutableMapping[str, str]
    forget_key: Callable[[str], None]
    """Makes this process look a key up again: it was revoked."""
    base_url: str
    """Where the addresses that `signed_url` makes begin."""
    accepted: list[str] = field(default_factory=list)
    """The generations that the operation has made so far."""

    @property
    def viewer(self) -> Hashable:
        """What answers depend on of the caller: not which of several keys it was that sees the same."""
        who = self.principal
        return (who.account_id, who.test_mode, who.plan, who.scopes, who.generation_id, self.base_url)


Info = StrawberryInfo[Context, None]
