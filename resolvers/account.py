"""The type Account, whose lists are fetched page by page."""

from datetime import datetime
from typing import Annotated

import strawberry
from sqlalchemy import Connection as DatabaseConnection

from accounts.account_state import AccountState, account_state
from accounts.api_keys import page_of_keys
from accounts.plans import PLANS
from accounts.principal import Scope, reject_single_generation_token, require_scope
from accounts.webhook_secret import account_secrets
from credits.ledger import Balance, LedgerAccount, balance_of
from credits.queries import page_of_transfers
from kit.pagination import DEFAULT_SIZE, page_request
from resolvers.arguments import After, First
from resolvers.context import Info
from schema.account import AccountFields, Credits, Limits, Transaction, Usage
from schema.connections import Connection
from schema.keys import ApiKey
from schema.webhooks import WebhookDelivery, WebhookDeliveryFilter, WebhookEndpoint
from webhooks.deliveries import page_of_deliveries
from webhooks.endpoints import page_of_endpoints


@strawberry.type(description="The account that the key of the request belongs to.")
class Account(AccountFields):
    @strawberry.field(description="The credit transactions in the mode of the key, newest first.")
    async def transactions(
        self, info: Info, first: First = DEFAULT_SIZE, after: After = None
    ) -> Connection[Transaction]:
        context = info.context
        request = page_request(first=first, after=after, last=None, before=None)
        ledger_account = LedgerAccount(context.principal.account_id, context.principal.test_mode)
        page = await context.read(page_of_transfers, ledger_account, request)
        return Connection[Transaction].from_page(
            page, identify=lambda transfer: transfer.id, convert=Transaction.from_model
        )

    @strawberry.field(
        description="The API keys, newest first; with a test key, only the test keys. Needs the scope KEYS."
    )
    async def keys(self, info: Info, first: First = DEFAULT_SIZE, after: After = None) -> Connection[ApiKey]:
        context = info.context
        request = page_request(first=first, after=after, last=None, before=None)
        page = await context.read(page_of_keys, context.principal, request)
        return Connection[ApiKey].from_page(page, identify=lambda key: key.id, convert=ApiKey.from_model)

    @strawberry.field(
        description="The secret that signs messages to the `webhookUrl` of a generation. Needs the scope WEBHOOKS."
    )
    async def webhook_secret(self, info: Info) -> str | None:
        context = info.context
        require_scope(context.principal, Scope.WEBHOOKS)
        secrets = await context.read(account_secrets, context.principal.account_id)
        return secrets.current

    @strawberry.field(
        description="The webhook endpoints in the mode of the key, newest first. Needs the scope WEBHOOKS."
    )
    async def webhook_endpoints(
        self, info: Info, first: First = DEFAULT_SIZE, after: After = None
    ) -> Connection[WebhookEndpoint]:
        context = info.context
        request = page_request(first=first, after=after, last=None, before=None)
        page = await context.read(page_of_endpoints, context.principal, request)
        return Connection[WebhookEndpoint].from_page(
            page, identify=lambda endpoint: endpoint.id, convert=WebhookEndpoint.from_model
        )

    @strawberry.field(
        description="The webhook deliveries of the last 30 days in the mode of the key, newest first. Needs the scope "
        "WEBHOOKS."
    )
    async def webhook_deliveries(
        self,
        info: Info,
        first: First = DEFAULT_SIZE,
        after: After = None,
        filter: Annotated[
            WebhookDeliveryFilter | None, strawberry.argument(description="The deliveries to return; all by default.")
        ] = None,
    ) -> Connection[WebhookDelivery]:
        context = info.context
        request = page_request(first=first, after=after, last=None, before=None)
        filters = {} if filter is None else filter.to_filters()
        page = await context.read(page_of_deliveries, context.principal, request, filters)
        return Connection[WebhookDelivery].from_page(
            page, identify=lambda delivery: delivery.id, convert=WebhookDelivery.from_model
        )


async def resolve_account(info: Info) -> Account:
    context, principal = info.context, info.context.principal
    require_scope(principal, Scope.READ)
    reject_single_generation_token(principal)
    ledger_account = LedgerAccount(principal.account_id, principal.test_mode)
    state, balance = await context.read(_state_and_balance, ledger_account, at=context.services.clock.now())
    return Account(
        id=strawberry.ID(state.id),
        name=state.name,
        plan=state.plan,
        test_mode=principal.test_mode,
        credits=Credits.from_model(balance),
        limits=Limits.from_model(PLANS[state.plan]),
        usage=Usage(in_minute=state.in_minute, in_day=state.in_day, running=state.running, spent=balance.spent),
    )


def _state_and_balance(
    connection: DatabaseConnection, ledger_account: LedgerAccount, *, at: datetime
) -> tuple[AccountState, Balance]:
    return account_state(connection, ledger_account.account_id, at=at), balance_of(connection, ledger_account)
