"""The caller's account: plan, limits, credits and their history."""

from datetime import datetime
from typing import Self

import strawberry

from accounts.plans import Plan
from credits.ledger import Balance, Transfer
from schema.enums import PlanName, TransferKind


@strawberry.type(description="What can be spent, in the mode of the key.")
class Credits:
    available: int = strawberry.field(description="Free to spend.")
    held: int = strawberry.field(description="Set aside for generations that run.")
    low_at: int = strawberry.field(description="Below so many available credits webhooks tell of it; 0 is never.")

    @classmethod
    def from_model(cls, balance: Balance) -> Self:
        return cls(available=balance.available, held=balance.held, low_at=balance.low_at)


@strawberry.type(description="What the plan allows; null is no limit.")
class Limits:
    per_minute: int | None = strawberry.field(description="Generations a minute.")
    concurrent: int | None = strawberry.field(description="Generations at a time.")
    per_day: int | None = strawberry.field(description="Generations a day.")
    reads_per_minute: int | None = strawberry.field(description="Reads a minute.")

    @classmethod
    def from_model(cls, plan: Plan) -> Self:
        return cls(
            per_minute=plan.per_minute,
            concurrent=plan.concurrent,
            per_day=plan.per_day,
            reads_per_minute=plan.reads_per_minute,
        )


@strawberry.type(description="What was used of the plan.")
class Usage:
    in_minute: int = strawberry.field(description="Generations accepted in this minute.")
    in_day: int = strawberry.field(description="Generations accepted today, in UTC.")
    running: int = strawberry.field(description="Generations running now.")
    spent: int = strawberry.field(description="Credits spent in all.")


@strawberry.type(description="Credits that moved, with the balances after it.")
class Transaction:
    id: strawberry.ID = strawberry.field(description="The id.")
    kind: TransferKind = strawberry.field(description="Why.")
    amount: int = strawberry.field(description="How many credits.")
    generation_id: strawberry.ID | None = strawberry.field(description="The generation, where there is one.")
    available_after: int = strawberry.field(description="Free to spend afterwards.")
    held_after: int = strawberry.field(description="Set aside afterwards.")
    created_at: datetime = strawberry.field(description="When.")

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


@strawberry.type(description="The account.")
class AccountFields:
    id: strawberry.ID = strawberry.field(description="The id.")
    name: str = strawberry.field(description="The name it was made with.")
    plan: PlanName = strawberry.field(description="The plan.")
    test_mode: bool = strawberry.field(
        description="Whether the key is a test key; credits and history are of its mode."
    )
    credits: Credits = strawberry.field(description="What can be spent.")
    limits: Limits = strawberry.field(description="What the plan allows.")
    usage: Usage = strawberry.field(description="What was used.")
