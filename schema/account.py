"""The account: plan, limits, usage, credits and credit transactions."""

from datetime import datetime
from typing import Self

import strawberry

from accounts.plans import Plan
from credits.ledger import Balance, Transfer
from schema.enums import PlanName, TransferKind


@strawberry.type(description="The credit balance of the account in the mode, live or test, of the key.")
class Credits:
    available: int = strawberry.field(description="The credits available for new generations.")
    held: int = strawberry.field(description="The credits held for running generations.")
    low_at: int = strawberry.field(
        description="The threshold below which the webhook event `credits.low` is sent. 0 disables the event; the "
        "default is 100. Set it with `setCreditsLowAt`."
    )

    @classmethod
    def from_model(cls, balance: Balance) -> Self:
        return cls(available=balance.available, held=balance.held, low_at=balance.low_balance_threshold)


@strawberry.type(description="The limits of the plan. A null field means no limit.")
class Limits:
    per_minute: int | None = strawberry.field(description="The maximum number of generations per minute.")
    concurrent: int | None = strawberry.field(description="The maximum number of concurrent generations.")
    per_day: int | None = strawberry.field(description="The maximum number of generations per day (UTC).")
    reads_per_minute: int | None = strawberry.field(
        description="The maximum number of queries, subscriptions and uploads per minute."
    )

    @classmethod
    def from_model(cls, plan: Plan) -> Self:
        return cls(
            per_minute=plan.per_minute,
            concurrent=plan.concurrent,
            per_day=plan.per_day,
            reads_per_minute=plan.reads_per_minute,
        )


@strawberry.type(description="The usage of the account. The counts of generations include live and test mode.")
class Usage:
    in_minute: int = strawberry.field(description="The number of generations accepted in the current minute.")
    in_day: int = strawberry.field(description="The number of generations accepted today (UTC).")
    running: int = strawberry.field(description="The number of generations that are not finished.")
    spent: int = strawberry.field(description="The total of credits charged so far, in the mode of the key.")


@strawberry.type(description="A credit transaction, with the resulting balances.")
class Transaction:
    id: strawberry.ID = strawberry.field(description="The id of the transaction.")
    kind: TransferKind = strawberry.field(description="The kind of transaction.")
    amount: int = strawberry.field(description="The number of credits moved; always positive.")
    generation_id: strawberry.ID | None = strawberry.field(
        description="The id of the generation; null for an `ISSUE` transaction."
    )
    available_after: int = strawberry.field(description="The available credits after the transaction.")
    held_after: int = strawberry.field(description="The held credits after the transaction.")
    created_at: datetime = strawberry.field(description="When the transaction was made.")

    @classmethod
    def from_model(cls, transfer: Transfer) -> Self:
        return cls(
            id=strawberry.ID(transfer.id),
            kind=transfer.kind,
            amount=transfer.amount,
            generation_id=None if transfer.generation_id is None else strawberry.ID(transfer.generation_id),
            available_after=transfer.available_after,
            held_after=transfer.held_after,
            created_at=transfer.created_at,
        )


@strawberry.type(description="An account.")
class AccountFields:
    id: strawberry.ID = strawberry.field(description="The id of the account.")
    name: str = strawberry.field(description="The name of the account.")
    plan: PlanName = strawberry.field(description="The plan, which sets the limits.")
    test_mode: bool = strawberry.field(
        description="Whether the key of the request is a test key. `credits` and `transactions` are those of its mode."
    )
    credits: Credits = strawberry.field(description="The credit balance in the mode of the key.")
    limits: Limits = strawberry.field(description="The limits of the plan.")
    usage: Usage = strawberry.field(description="The usage of the account.")
