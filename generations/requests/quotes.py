"""Quotes: a price that binds for 15 minutes. Its id carries the signed terms, so nothing is stored."""

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from accounts.principal import Principal, Scope, reject_single_generation_token, require_scope
from generations.requests.generation_request import GenerationRequest
from generations.requests.idempotency import fingerprint
from generations.requests.plan import plan_generation
from generations.services import Services
from kit.errors import QuoteExpired
from providers.backend import JSONObject

QUOTE_LIFETIME = timedelta(minutes=15)
PREFIX = "quote_"
SIGNATURE_BYTES = 16
MAX_LENGTH = 200  # characters; valid ids are shorter
# Fields that may differ between the quote and the purchase.
NOT_QUOTED = frozenset({"idempotency_key", "quote_id", "max_credits", "strict", "webhook_url"})


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate: price, time and validity of the quote."""

    provider: str
    credit_cost: int
    estimated_time: int
    quote_id: str
    valid_until: datetime
    adjustments: list[JSONObject]


def estimate(services: Services, principal: Principal, request: GenerationRequest) -> Estimate:
    """Price a request as `accept_generation` would, without charging, counting or storing."""
    require_scope(principal, Scope.READ)
    reject_single_generation_token(principal)
    now = services.clock.now()
    plan = plan_generation(services, request, test_mode=principal.test_mode, default_seed=0, at=now)
    valid_until = datetime.fromtimestamp(int((now + QUOTE_LIFETIME).timestamp()), UTC)
    quote_id = _sign(services.secret, _terms(principal, request, plan.credit_cost, valid_until))
    return Estimate(plan.provider.id, plan.credit_cost, plan.estimated_time, quote_id, valid_until, plan.adjustments)


def quoted_price(services: Services, principal: Principal, request: GenerationRequest, *, at: datetime) -> int | None:
    """Return the quoted price of this request, or None without a quote. Raises `QuoteExpired`."""
    if request.quote_id is None:
        return None
    cost, expires = _read(request.quote_id)
    valid_until = datetime.fromtimestamp(expires, UTC)
    expected = _sign(services.secret, _terms(principal, request, cost, valid_until))
    if not hmac.compare_digest(expected.encode(), request.quote_id.encode()):
        raise QuoteExpired("The quote is not one of yours for this request. Ask `estimate` for a new one.")
    if at >= valid_until:
        raise QuoteExpired(f"The quote was good until {valid_until:%H:%M:%S} UTC. Ask `estimate` for a new one.")
    return cost


def _terms(principal: Principal, request: GenerationRequest, cost: int, valid_until: datetime) -> list[object]:
    asked = fingerprint(request, ignoring=NOT_QUOTED)
    return [cost, int(valid_until.timestamp()), principal.account_id, principal.test_mode, asked]


def _sign(secret: bytes, terms: list[object]) -> str:
    text = json.dumps(terms).encode()
    signature = hmac.digest(secret, b"quote\n" + text, "sha256")[:SIGNATURE_BYTES]
    shown = json.dumps(terms[:2], separators=(",", ":")).encode()
    return PREFIX + base64.urlsafe_b64encode(signature + shown).decode().rstrip("=")


def _read(quote_id: str) -> tuple[int, int]:
    """Return price and validity from a quote id."""
    body = quote_id.removeprefix(PREFIX)[:MAX_LENGTH]
    try:
        cost, expires = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))[SIGNATURE_BYTES:])
        datetime.fromtimestamp(expires, UTC)
        return int(cost), int(expires)
    except (binascii.Error, ValueError, TypeError, OverflowError, OSError):
        raise QuoteExpired("The quote is invalid. Ask `estimate` for one.") from None
