"""What a resolver is given: who asks, the services, and the headers of the answer."""

from collections.abc import MutableMapping
from dataclasses import dataclass

from strawberry import Info as StrawberryInfo

from accounts.keys import Principal
from accounts.limits import Allowance
from generations.services import Services
from schema.generation import SignedUrl

UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class Context:
    """Made anew for each operation."""

    principal: Principal
    services: Services
    signed_url: SignedUrl
    idempotency_key: str | None
    """The `Idempotency-Key` header."""
    response_headers: MutableMapping[str, str]

    def tell_allowance(self, allowance: Allowance | None) -> None:
        """Say in the headers what is left of the minute."""
        if allowance is not None and allowance.limit is not None:
            self.response_headers["x-ratelimit-limit"] = str(allowance.limit)
            self.response_headers["x-ratelimit-remaining"] = str(allowance.remaining)
            self.response_headers["x-ratelimit-reset"] = str(allowance.reset)


Info = StrawberryInfo[Context, None]
