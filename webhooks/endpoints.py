"""Webhook endpoints of an account: creation, changes, secrets, deletion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping

from accounts.principal import Principal, Scope, require_scope
from accounts.rate_limits import lock_account_counters
from accounts.webhook_secret import rotate_account_secret
from credits.ledger import Balance, LedgerAccount, balance_of, set_low_balance_threshold
from database.transaction import Transaction
from kit.errors import InvalidInput, NotFound
from kit.ids import is_id, new_id
from kit.pagination import Page, PageRequest, page_of
from kit.text import truncate
from kit.webhook_secrets import WebhookSecrets, validate_or_generate_secret
from webhooks import repository
from webhooks.event import END_EVENTS, EventType
from webhooks.outbox import Outbox

MAX_ENDPOINTS = 20  # per account and mode
MAX_DESCRIPTION = 200  # characters
DISABLED_BY_OWNER = "Disabled by its owner."


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook endpoint."""

    id: str
    url: str
    description: str
    events: tuple[EventType, ...]
    secrets: WebhookSecrets
    created_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_because: str | None


def create_endpoint(
    transaction: Transaction,
    principal: Principal,
    outbox: Outbox,
    *,
    url: str,
    at: datetime,
    events: Sequence[EventType] | None = None,
    description: str = "",
    secret: str | None = None,
) -> Endpoint:
    """Create an endpoint. Without `events` it gets every end of a generation.

    Raises `Forbidden` and `InvalidInput`.
    """
    require_scope(principal, Scope.WEBHOOKS)
    fields = _checked(outbox, url=url, events=END_EVENTS if events is None else events, description=description)
    made = _own_secret(secret)
    owner, test_mode = principal.account_id, principal.test_mode
    lock_account_counters(transaction, owner)
    if repository.count_endpoints(transaction.connection, owner, test_mode=test_mode) >= MAX_ENDPOINTS:
        raise InvalidInput(
            f"An account has at most {MAX_ENDPOINTS} endpoints for each mode: delete one first.", field="input"
        )
    endpoint_id = new_id("whe", at)
    row = {"id": endpoint_id, "account_id": owner, "test_mode": test_mode, "created_at": at, "secret": made, **fields}
    repository.insert_endpoint(transaction.connection, row)
    return _endpoint(_lock_own(transaction, principal, endpoint_id))


def update_endpoint(
    transaction: Transaction,
    principal: Principal,
    outbox: Outbox,
    endpoint_id: str,
    *,
    at: datetime,
    url: str | None = None,
    events: Sequence[EventType] | None = None,
    description: str | None = None,
    enabled: bool | None = None,
) -> Endpoint:
    """Update the given fields. Disabling fails the pending deliveries of the endpoint.

    Raises `Forbidden`, `InvalidInput` and `NotFound`.
    """
    require_scope(principal, Scope.WEBHOOKS)
    row = _lock_own(transaction, principal, endpoint_id)
    fields = dict(_checked(outbox, url=url, events=events, description=description))
    if url is not None and url != row["url"]:
        fields["failing_since"] = None
    if enabled is True:
        fields |= {"disabled_at": None, "disabled_because": None, "failing_since": None}
    elif enabled is False and row["disabled_at"] is None:
        fields |= {"disabled_at": at, "disabled_because": DISABLED_BY_OWNER}
        _fail_waiting(transaction, row, reason=DISABLED_BY_OWNER)
    if fields:
        repository.save_endpoint(transaction.connection, endpoint_id, fields)
    return _endpoint(_lock_own(transaction, principal, endpoint_id))


def rotate_secret(
    transaction: Transaction, principal: Principal, endpoint_id: str | None, *, wanted: str | None, at: datetime
) -> WebhookSecrets:
    """Rotate the secret of an endpoint or of the account; the previous one signs too for 24 hours.

    Raises `Forbidden`, `InvalidInput` and `NotFound`.
    """
    require_scope(principal, Scope.WEBHOOKS)
    if endpoint_id is None:
        return rotate_account_secret(transaction, principal.account_id, wanted=wanted, at=at)
    rotated = _secrets(_lock_own(transaction, principal, endpoint_id)).rotated(wanted, at=at)
    fields = {
        "secret": rotated.current,
        "previous_secret": rotated.previous,
        "previous_secret_until": rotated.previous_until,
    }
    repository.save_endpoint(transaction.connection, endpoint_id, fields)
    return rotated


def delete_endpoint(transaction: Transaction, principal: Principal, endpoint_id: str) -> None:
    """Delete an endpoint; its pending deliveries fail. Raises `Forbidden` and `NotFound`."""
    require_scope(principal, Scope.WEBHOOKS)
    row = _lock_own(transaction, principal, endpoint_id)
    _fail_waiting(transaction, row, reason=repository.ENDPOINT_GONE)
    repository.delete_endpoint(transaction.connection, endpoint_id)


def set_credits_low_at(transaction: Transaction, principal: Principal, credits: int) -> Balance:
    """Set the low-balance threshold. Raises `Forbidden` and `InvalidInput`."""
    require_scope(principal, Scope.WEBHOOKS)
    ledger_account = LedgerAccount(principal.account_id, principal.test_mode)
    set_low_balance_threshold(transaction, ledger_account, credits)
    return balance_of(transaction.connection, ledger_account)


def page_of_endpoints(connection: Connection, principal: Principal, page: PageRequest) -> Page[Endpoint]:
    """Return a page of the account's endpoints in the mode of the key. Raises `Forbidden`."""
    require_scope(principal, Scope.WEBHOOKS)
    rows = repository.page_of_endpoints(connection, principal.account_id, test_mode=principal.test_mode, page=page)
    return page_of([_endpoint(row) for row in rows], page)


def _fail_waiting(transaction: Transaction, row: RowMapping, *, reason: str) -> None:
    repository.fail_waiting(transaction.connection, repository.queue_of(row["account_id"], row["id"]), reason=reason)


def _lock_own(transaction: Transaction, principal: Principal, endpoint_id: str) -> RowMapping:
    row = repository.lock_endpoint(transaction.connection, endpoint_id) if is_id(endpoint_id) else None
    if row is None or (row["account_id"], row["test_mode"]) != (principal.account_id, principal.test_mode):
        raise NotFound(f"There is no webhook endpoint {truncate(endpoint_id)} of yours.")
    return row


def _checked(
    outbox: Outbox, *, url: str | None, events: Sequence[EventType] | None, description: str | None
) -> Mapping[str, object]:
    fields: dict[str, object] = {}
    if url is not None:
        outbox.check_url(url, field="input.url")
        fields["url"] = url
    if events is not None:
        if not events:
            raise InvalidInput("`events` is empty: name at least one, or leave it out.", field="input.events")
        fields["events"] = [event.value for event in dict.fromkeys(events)]
    if description is not None:
        if len(description) > MAX_DESCRIPTION or "\0" in description:
            raise InvalidInput(
                f"`description` has {len(description)} characters: at most {MAX_DESCRIPTION}, and no NUL.",
                field="input.description",
            )
        fields["description"] = description
    return fields


def _own_secret(wanted: str | None) -> str:
    try:
        return validate_or_generate_secret(wanted)
    except InvalidInput as refusal:
        raise refusal.set_field("input.secret") from None


def _secrets(row: RowMapping) -> WebhookSecrets:
    return WebhookSecrets(row["secret"], row["previous_secret"], row["previous_secret_until"])


def _endpoint(row: RowMapping) -> Endpoint:
    return Endpoint(
        id=row["id"],
        url=row["url"],
        description=row["description"],
        events=tuple(EventType(event) for event in row["events"]),
        secrets=_secrets(row),
        created_at=row["created_at"],
        failing_since=row["failing_since"],
        disabled_at=row["disabled_at"],
        disabled_because=row["disabled_because"],
    )
