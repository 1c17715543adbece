"""What a generation would cost."""

from datetime import datetime
from typing import Self

import strawberry

from generations.requests import quotes


@strawberry.type(description="What a generation would cost and take.")
class Estimate:
    credit_cost: int = strawberry.field(description="Credits.")
    estimated_time: int = strawberry.field(description="Seconds it typically takes.")
    provider: str = strawberry.field(description="The provider that would be used.")
    quote_id: strawberry.ID = strawberry.field(description="Send it as `quoteId`: the price cannot be higher.")
    valid_until: datetime = strawberry.field(description="Until when the quote holds.")

    @classmethod
    def from_model(cls, estimate: quotes.Estimate) -> Self:
        return cls(
            credit_cost=estimate.credit_cost,
            estimated_time=estimate.estimated_time,
            provider=estimate.provider,
            quote_id=strawberry.ID(estimate.quote_id),
            valid_until=estimate.valid_until,
        )
