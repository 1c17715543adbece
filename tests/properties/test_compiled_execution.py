"""Compiled operations give the responses of graphql-core: data in its order, errors with messages, paths, locations."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random
from typing import Any

from graphql import ExecutionResult, OperationType

from server.graphql.execution.operations import EventExecution, Operations, PreparedOperation
from server.graphql.request_params import GraphQLParams
from tests.properties.operations import OperationWriter
from tests.properties.orchard import Orchard, OrchardGrower, build_orchard_schema
from web.errors import RequestError

OPERATIONS = Operations(build_orchard_schema())
KINDS = [OperationType.QUERY, OperationType.QUERY, OperationType.MUTATION, OperationType.SUBSCRIPTION]
DOCUMENTS = 250


def test_a_compiled_operation_responds_like_graphql_core() -> None:
    seen: Counter[str] = Counter()
    with asyncio.Runner() as runner:
        for seed in range(DOCUMENTS):
            for prepared, values in cases(Random(seed)):
                compiled, judged = runner.run(both(prepared, values))
                assert compiled == judged, f"seed {seed}: {prepared.document.text} {prepared.variables}"
                plan = OPERATIONS.plans.get(prepared.document, prepared.operation, prepared.variables)
                kind = "planned" if plan else "not planned"
                seen[f"{kind}, {'errors' if judged[0]['errors'] else 'no errors'}"] += 1

    assert seen["planned, no errors"] > DOCUMENTS, seen
    assert seen["planned, errors"] > DOCUMENTS / 4, seen
    assert min(seen["not planned, errors"], seen["not planned, no errors"]) > 0, seen


async def both(prepared: PreparedOperation, values: dict[str, Any]) -> tuple[Any, Any]:
    """Return the response and the calls of root resolvers, compiled and by graphql-core."""
    compiled, judged = Orchard(values), Orchard(values)
    event = values["fetched"] if prepared.type is OperationType.SUBSCRIPTION else None
    if prepared.type is OperationType.SUBSCRIPTION:
        first = await execute_event(prepared, compiled, event)
    else:
        first = await OPERATIONS.execute(prepared, context=compiled)
    second = await OPERATIONS.execute_with_graphql_core(prepared, context=judged, event=event)
    # graphql-core lets the other fields of a failed query finish in the background
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)
    order: Callable[[list[str]], list[str]] = list if prepared.type is OperationType.MUTATION else sorted
    return (readable(first), order(compiled.calls)), (readable(second), order(judged.calls))


async def execute_event(prepared: PreparedOperation, context: Orchard, event: object) -> ExecutionResult:
    """Execute a subscription for an event, unless its variables prevent its start."""
    executor = OPERATIONS.executor_class.build(
        OPERATIONS.schema,
        prepared.document.node,
        raw_variable_values=prepared.variables,
        operation_name=prepared.operation.name,
    )
    if isinstance(executor, list):
        return await OPERATIONS.execute_with_graphql_core(prepared, context=context, event=event)
    execution = EventExecution(OPERATIONS, prepared, context, executor.variable_values)
    return execution.execute_now(event) or await execution.execute(event)


def cases(random: Random) -> Iterator[tuple[PreparedOperation, dict[str, Any]]]:
    """Yield an operation with different variables and data; none if its fields cannot be merged."""
    writer = OperationWriter(OPERATIONS.schema, random)
    text = writer.write(random.choice(KINDS))
    for _ in range(3):
        with suppress(RequestError):
            prepared = OPERATIONS.prepare(GraphQLParams(text, variables=writer.variables()))
            yield prepared, OrchardGrower(random).orchard()


def readable(result: ExecutionResult) -> dict[str, Any]:
    errors = [
        (error.message, error.path, error.locations, error.extensions, type(error.original_error))
        for error in result.errors or ()
    ]
    return {"data": json.dumps(result.data, default=repr), "errors": errors}
