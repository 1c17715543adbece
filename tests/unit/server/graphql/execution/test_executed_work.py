"""How much an operation computes: signatures, resolved fields and calls of root resolvers, counted instead of timed."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info

from generations.generation import Generation as State
from generations.generation import Stage, Status, StoredOutput
from schema.generation import Generation
from schema.scalars import SCALARS
from server.graphql.execution.operations import Operations
from server.graphql.request_params import GraphQLParams
from tests.support.manual_clock import ManualClock
from tests.support.media_server import queued_generation

CLOCK = ManualClock()
FILE = StoredOutput("key", "image/png", 1, "0" * 64, "png", 8, 8, None, "thumbnail", "optimized")
STATE = replace(
    queued_generation("gen_1", "acc_1", CLOCK),
    status=Status.COMPLETED,
    stage=Stage.DONE,
    outputs=(FILE, replace(FILE, key="second")),
    completed_at=CLOCK.now(),
)


@dataclass
class Work:
    """The context, which counts."""

    state: State = STATE
    signed: Counter[str] = field(default_factory=Counter)
    resolved: int = 0

    def sign(self, key: str, filename: str, expires_at: datetime) -> str:
        self.signed[key] += 1
        return f"https://example.com/{filename}"


@strawberry.type
class Query:
    @strawberry.field
    async def generation(self, info: Info[Work, None]) -> Generation:
        info.context.resolved += 1
        return Generation.from_model(info.context.state, sign_url=info.context.sign)


OPERATIONS = Operations(strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS)))


async def execute(text: str, work: Work) -> ExecutionResult:
    return await OPERATIONS.execute(OPERATIONS.prepare(GraphQLParams(text)), context=work)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fields", "signed"),
    [
        ("status progress", {}),
        ("url imageUrl outputs { url }", {"key": 1, "second": 1}),
        ("url", {"key": 1}),
        ("thumbnailUrl", {"thumbnail": 1}),
        ("width metadata { format } metadataJson outputs { bytes }", {}),
    ],
)
async def test_only_selected_urls_are_signed_and_each_once(fields: str, signed: dict[str, int]) -> None:
    work = Work()
    result = await execute(f"{{ generation {{ {fields} }} }}", work)

    assert result.errors is None
    assert work.signed == signed


@pytest.mark.anyio
async def test_an_error_is_completed_by_graphql_core_without_resolving_again() -> None:
    work = Work(replace(STATE, progress=2**31))
    result = await execute("{ generation { id progress } }", work)

    assert result.data is None
    assert [error.path for error in result.errors or ()] == [["generation", "progress"]]
    assert work.resolved == 1


@pytest.mark.anyio
async def test_graphql_core_executes_no_operation_of_a_plan() -> None:
    class Unused(Operations):
        async def execute_with_graphql_core(self, *_: Any, **__: Any) -> ExecutionResult:
            raise AssertionError

    operations = Unused(strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS)))
    text = "query ($all: Boolean!) { generation { ...A @include(if: $all) id } } fragment A on Generation { status }"
    for all_fields, keys in ((True, ["status", "id"]), (False, ["id"]), (True, ["status", "id"])):
        prepared = operations.prepare(GraphQLParams(text, variables={"all": all_fields}))
        result = await operations.execute(prepared, context=Work())
        assert result.data is not None
        assert list(result.data["generation"]) == keys
