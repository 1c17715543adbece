"""The account, with its history read page by page."""

from typing import Annotated

import strawberry

from accounts.account_state import account_state
from accounts.api_keys import page_of_keys
from accounts.keys import Scope, reject_scoped_token, require_scope
from accounts.plans import PLANS
from accounts.webhook_secret import account_secrets
from credits.ledger import Book, balance_of
from credits.queries import page_of_transfers
from kit.pagination import DEFAULT_SIZE, page_request
from resolvers.context import Info
from schema.account import AccountFields, Credits, Limits, Transaction, Usage
from schema.connections import Connection
from schema.keys import ApiKey
from schema.webhooks import WebhookDelivery, WebhookDeliveryFilter, WebhookEndpoint
from webhooks.deliveries import page_of_deliveries
from webhooks.endpoints import page_of_endpoints


@strawberry.type(description="The account of the key.")
class Account(AccountFields):
    @strawberry.field(description="How credits moved, newest first.")
    async def transactions(
        self,
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="How many; at most 100.")] = DEFAULT_SIZE,
        after: Annotated[str | None, strawberry.argument(description="After this cursor.")] = None,
    ) -> Connection[Transaction]:
        context = info.context
        request = page_request(first=first, after=after, last=None, before=None)
        book = Book(context.principal.account_id, context.principal.test_mode)
        page = await context.services.database.read(lambda connection: page_of_transfers(connection, book, request))
        return Connection[Transaction].from_page(
            page, identify=lambda transfer: transfer.id, convert=Transaction.from_model
        )

    @strawberry.field(description="Its keys, newest first. Needs the scope KEYS; a test key sees test keys.")
    async def keys(
        self,
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="How many; at most 100.")] = DEFAULT_SIZE,
        after: Annotated[str | None, strawberry.argument(description="After this cursor.")] = None,
    ) -> Connection[ApiKey]:
        context = info.context
        request = page_request(first=first, after=after, last=None, before=None)
        page = await context.services.database.read(
            lambda connection: page_of_keys(connection, context.principal, request)
        )
        return Connection[ApiKey].from_page(page, identify=lambda key: key.id, convert=ApiKey.from_model)

    @strawberry.field(description="Signs what is sent to a plain `webhookUrl`. Needs the scope WEBHOOKS.")
    async def webhook_secret(self, info: Info) -> str | None:
        principal = info.context.principal
        require_scope(principal, Scope.WEBHOOKS)
        secrets = await info.context.services.database.read(
            lambda connection: account_secrets(connection, principal.account_id)
        )
        return secrets.current

    @strawberry.field(description="Its webhook endpoints, newest first. Needs the scope WEBHOOKS.")
    async def webhook_endpoints(
        self,
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="How many; at most 100.")] = DEFAULT_SIZE,
        after: Annotated[str | None, strawberry.argument(description="After this cursor.")] = None,
    ) -> Connection[WebhookEndpoint]:
        context = info.context
        request = page_request(first=first, after=after, last=None, before=None)
        page = await context.services.database.read(
            lambda connection: page_of_endpoints(connection, context.principal, request)
        )
        return Connection[WebhookEndpoint].from_page(
            page, identify=lambda endpoint: endpoint.id, convert=WebhookEndpoint.from_model
        )

    @strawberry.field(description="Webhook deliveries of the last 30 days, newest first. Needs the scope WEBHOOKS.")
    async def webhook_deliveries(
        self,
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="How many; at most 100.")] = DEFAULT_SIZE,
        after: Annotated[str | None, strawberry.argument(description="After this cursor.")] = None,
        filter: Annotated[WebhookDeliveryFilter | None, strawberry.argument(description="Which.")] = None,
    ) -> Connection[WebhookDelivery]:
        context = info.context
        request = page_request(first=first, after=after, last=None, before=None)
        filters = {} if filter is None else filter.to_filters()
        page = await context.services.database.read(
            lambda connection: page_of_deliveries(connection, context.principal, request, filters)
        )
        return Connection[WebhookDelivery].from_page(
            page, identify=lambda delivery: delivery.id, convert=WebhookDelivery.from_model
        )


async def resolve_account(info: Info) -> Account:
    principal, services = info.context.principal, info.context.services
    require_scope(principal, Scope.READ)
    reject_scoped_token(principal)
    book = Book(principal.account_id, principal.test_mode)
    now = services.clock.now()
    state, balance = await services.database.read(
        lambda connection: (account_state(connection, principal.account_id, at=now), balance_of(connection, book))
    )
    return Account(
        id=strawberry.ID(state.id),
        name=state.name,
        plan=state.plan,
        test_mode=principal.test_mode,
        credits=Credits.from_model(balance),
        limits=Limits.from_model(PLANS[state.plan]),
        usage=Usage(in_minute=state.in_minute, in_day=state.in_day, running=state.running, spent=balance.spent),
    )
