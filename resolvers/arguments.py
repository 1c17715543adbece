"""Annotated argument types that several fields share."""

from typing import Annotated

import strawberry

First = Annotated[int | None, strawberry.argument(description="The number of items to return, from 0 to 100.")]
After = Annotated[str | None, strawberry.argument(description="Return the items after this cursor.")]
Last = Annotated[
    int | None,
    strawberry.argument(description="The number of items to return from the end, from 0 to 100. Overrides `first`."),
]
Before = Annotated[str | None, strawberry.argument(description="Return the items before this cursor.")]
GenerationId = Annotated[strawberry.ID, strawberry.argument(description="The id of the generation, `gen_…`.")]
EndpointId = Annotated[strawberry.ID, strawberry.argument(description="The id of the webhook endpoint.")]
