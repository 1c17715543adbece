"""The idempotency key of one generation: from the field, or from the header of a request that makes no other."""

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


def resolve_idempotency_key(info: Info, given: str | None, *, field: str) -> str | None:
    """The key that was given. Raises `InvalidInput` where header and field differ, or the header has to do for two."""
    header = info.context.idempotency_key
    if header is None:
        return given
    if given not in (None, header):
        raise InvalidInput(
            "`idempotencyKey` and the Idempotency-Key header differ: send one, or the same in both.", field=field
        )
    if len(set(_making(info._raw_info))) > 1:
        raise InvalidInput(
            "The Idempotency-Key header is for one generation and this document makes several: give each an "
            "`idempotencyKey` of its own in their place.",
            field=field,
        )
    return header


def _making(info: GraphQLResolveInfo[Any]) -> Iterator[str]:
    """The keys of the root fields that make a generation."""
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
