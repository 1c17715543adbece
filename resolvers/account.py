"""The account, with its history read page by page."""

from typing import Annotated

import strawberry

from accounts.keys import Scope, require_scope, require_whole_account
from accounts.manage import page_of_keys
from accounts.plans import PLANS
from accounts.read import account_state
from credits.ledger import Book
from credits.read import balance_of, page_of_transfers
from kit.pagination import DEFAULT_SIZE, page_request
from resolvers.context import Info
from schema.account import AccountFields, Credits, Limits, Transaction, Usage
from schema.connections import Connection
from schema.keys import ApiKey


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


async def resolve_account(info: Info) -> Account:
    principal, services = info.context.principal, info.context.services
    require_scope(principal, Scope.READ)
    require_whole_account(principal)
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
