"""The idempotency key of a generation: from the argument, or from the header of a request that creates only one."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
)

from kit.errors import InvalidInput
from resolvers.context import Info

GENERATION = "Generation"


def resolve_idempotency_key(info: Info, argument: str | None, *, field: str) -> str | None:
    """Return the idempotency key from the argument or from the header.

    Raises `InvalidInput` if both are given and differ, or if the header would apply to several generations.
    """
    header = info.context.idempotency_key
    if header is None:
        return argument
    if argument not in (None, header):
        raise InvalidInput(
            "`idempotencyKey` and the Idempotency-Key header differ: send only one of them, or the same value in both.",
            field=field,
        )
    if len(set(_generation_fields(info._raw_info))) > 1:
        raise InvalidInput(
            "The Idempotency-Key header applies to a single generation and this document creates several: pass a "
            "separate `idempotencyKey` to each instead.",
            field=field,
        )
    return header


def _generation_fields(info: GraphQLResolveInfo[Any]) -> Iterator[str]:
    """Yield the response names of the root fields that create a generation."""
    fields = info.parent_type.fields
    for node in _root_fields(info, info.operation.selection_set):
        definition = fields.get(node.name.value)
        if definition is not None and get_named_type(definition.type).name == GENERATION:
            yield (node.alias or node.name).value


def _root_fields(info: GraphQLResolveInfo[Any], selection_set: SelectionSetNode) -> Iterator[FieldNode]:
    for node in selection_set.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, FragmentSpreadNode):
            yield from _root_fields(info, info.fragments[node.name.value].selection_set)
        elif isinstance(node, InlineFragmentNode):
            yield from _root_fields(info, node.selection_set)
