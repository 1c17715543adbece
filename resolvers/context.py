"""What a resolver is given: who asks, the services, and the headers of the answer."""

from collections.abc import Callable, Hashable, MutableMapping
from dataclasses import dataclass, field

from strawberry import Info as StrawberryInfo

from accounts.keys import Principal
from accounts.limits import Allowance
from generations.services import Services
from kit.errors import RateLimited
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

    def set_rate_limit_headers(self, allowance: Allowance) -> None:
        """Say in the headers what is left of the minute."""
        self.response_headers.update(rate_headers(allowance))


def rate_headers(allowance: Allowance) -> dict[str, str]:
    """The headers of an allowance; none where there is no limit."""
    if allowance.limit is None:
        return {}
    return {
        "x-ratelimit-limit": str(allowance.limit),
        "x-ratelimit-remaining": str(allowance.remaining),
        "x-ratelimit-reset": str(allowance.reset),
    }


def refused_headers(refusal: RateLimited) -> dict[str, str]:
    """The headers of a limit that was reached: nothing is left until it is reset."""
    return rate_headers(Allowance(refusal.allowed, 0, refusal.reset))


Info = StrawberryInfo[Context, None]
