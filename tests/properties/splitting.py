"""Equivalent documents: fields split into several with the same response name."""

from collections.abc import Iterator
from dataclasses import replace

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    print_ast,
    visit,
)
from hypothesis import strategies as st

Selected = tuple[tuple[str, ...], str]  # the path of response names, and the name of the field


class _Splitter(Visitor):
    def __init__(self, draw: st.DrawFn, type_info: TypeInfo) -> None:
        super().__init__()
        self.draw, self.type_info = draw, type_info
        self.fragments: list[FragmentDefinitionNode] = []

    def leave_selection_set(self, node: SelectionSetNode, *_: object) -> SelectionSetNode:
        written = [part for selection in node.selections for part in self.parts(selection)]
        return SelectionSetNode(selections=tuple(written))

    def parts(self, selection: SelectionNode) -> Iterator[SelectionNode]:
        inside = _selections_of(selection)
        if len(inside) < 2 or not self.draw(st.booleans()):
            yield selection
            return
        assert isinstance(selection, FieldNode)
        at = self.draw(st.integers(1, len(inside) - 1))
        for half in (inside[:at], inside[at:]):
            yield self.wrapped(replace(selection, selection_set=SelectionSetNode(selections=half)))

    def wrapped(self, part: SelectionNode) -> SelectionNode:
        match self.draw(st.sampled_from(["bare", "inline", "fragment"])):
            case "inline":
                return InlineFragmentNode(directives=(), selection_set=SelectionSetNode(selections=(part,)))
            case "fragment":
                return self.spread(part)
        return part

    def spread(self, part: SelectionNode) -> FragmentSpreadNode:
        parent = self.type_info.get_parent_type()
        assert parent is not None
        name = NameNode(value=f"Part{len(self.fragments)}")
        self.fragments.append(
            FragmentDefinitionNode(
                name=name,
                type_condition=NamedTypeNode(name=NameNode(value=parent.name)),
                directives=(),
                selection_set=SelectionSetNode(selections=(part,)),
            )
        )
        return FragmentSpreadNode(name=name, directives=())


def _selections_of(selection: SelectionNode) -> tuple[SelectionNode, ...]:
    if isinstance(selection, FieldNode) and selection.selection_set:
        return tuple(selection.selection_set.selections)
    return ()


def split(draw: st.DrawFn, text: str, schema: GraphQLSchema) -> str:
    splitter = _Splitter(draw, TypeInfo(schema))
    document: DocumentNode = visit(parse(text), TypeInfoVisitor(splitter.type_info, splitter))
    return "\n".join(print_ast(node) for node in [*document.definitions, *splitter.fragments])


def selected(document: DocumentNode) -> set[Selected]:
    """Return all fields selected by the operations, with fragments expanded."""
    fragments = {
        node.name.value: node.selection_set for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }

    def below(selection_set: SelectionSetNode, path: tuple[str, ...]) -> Iterator[Selected]:
        for node in selection_set.selections:
            if isinstance(node, FragmentSpreadNode):
                yield from below(fragments[node.name.value], path)
            elif isinstance(node, InlineFragmentNode):
                yield from below(node.selection_set, path)
            elif isinstance(node, FieldNode):
                here = (*path, (node.alias or node.name).value)
                yield here, node.name.value
                if node.selection_set:
                    yield from below(node.selection_set, here)

    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return {found for operation in operations for found in below(operation.selection_set, ())}
