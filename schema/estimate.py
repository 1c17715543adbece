"""The price and duration estimate of a generation."""

from datetime import datetime
from typing import Self

import strawberry

from generations.requests import quotes
from schema.generation import Adjustment


@strawberry.type(description="The price and the expected duration of a generation, with a quote for the price.")
class Estimate:
    credit_cost: int = strawberry.field(description="The price in credits.")
    estimated_time: int = strawberry.field(
        description="The typical processing time in seconds; with a test key, that of the simulation."
    )
    provider: str = strawberry.field(description="The id of the provider that would be used.")
    quote_id: strawberry.ID = strawberry.field(
        description="The id of the quote. A `generate` request with this `quoteId`, and with the same type, "
        "provider, priority, content and options, costs at most `creditCost`."
    )
    valid_until: datetime = strawberry.field(description="When the quote expires: 15 minutes after the query.")
    adjustments: list[Adjustment] = strawberry.field(
        description="The requested values that would be changed or ignored. Words of the prompt that a local provider "
        "cannot draw are listed only when the generation has finished."
    )

    @classmethod
    def from_model(cls, estimate: quotes.Estimate) -> Self:
        return cls(
            credit_cost=estimate.credit_cost,
            estimated_time=estimate.estimated_time,
            provider=estimate.provider,
            quote_id=strawberry.ID(estimate.quote_id),
            valid_until=estimate.valid_until,
            adjustments=[Adjustment.from_model(adjustment) for adjustment in estimate.adjustments],
        )
