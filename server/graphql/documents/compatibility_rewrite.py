"""Rewrites leaf selections of `metadata` and `error`, which Doitong's published documents use, to scalar fields.

Those documents select `metadata` and `error` of a generation both as leaves and as objects. A leaf becomes an alias of
the field that holds the same data as one scalar. A selection set with a leaf `error` gets `status` in lower case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    NameNode,
    Node,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    visit,
)

TYPE_NAME: Final = "Generation"
LEAVES: Final[Mapping[str, str]] = {"metadata": "metadataJson", "error": "errorMessage"}
LOWER_CASE_TRIGGER: Final = "error"
LOWER_CASE_FIELDS: Final[Mapping[str, str]] = {"status": "statusText"}

Group = int | str  # a selection set by its identity, or a fragment by its name


def rewrite_leaves(document: DocumentNode, schema: GraphQLSchema) -> DocumentNode:
    """Return the document with every leaf `metadata` and `error` of a generation rewritten.

    Returns the same object when there is no such leaf.
    """
    collector = _Collector(TypeInfo(schema))
    visit(document, TypeInfoVisitor(collector.type_info, collector))
    if not collector.has_leaf:
        return document
    rewriter = _Rewriter(TypeInfo(schema), collector.lower_cased())
    rewritten: DocumentNode = visit(document, TypeInfoVisitor(rewriter.type_info, rewriter))
    return rewritten


@dataclass(slots=True)
class _MergeGroups:
    """Groups of selection sets whose fields execution merges into one object (union-find).

    `status` has one value in that object, so a group gets either the enum or the lower-case form. A fragment is in the
    group of each selection set that spreads it. Two fields with the same response name in a group have their inner
    selection sets in one group.
    """

    parent: dict[Group, Group] = field(default_factory=dict)
    children: dict[Group, dict[str, Group]] = field(default_factory=dict)
    marked: set[Group] = field(default_factory=set)

    def root(self, group: Group) -> Group:
        while (above := self.parent.get(group, group)) != group:
            self.parent[group] = self.parent.get(above, above)
            group = above
        return group

    def join(self, one: Group, other: Group) -> None:
        pending = [(one, other)]
        while pending:
            smaller, larger = sorted(
                (self.root(group) for group in pending.pop()), key=lambda root: len(self.children.get(root, ()))
            )
            if smaller == larger:
                continue
            self.parent[smaller] = larger
            known = self.children.setdefault(larger, {})
            for name, group in self.children.pop(smaller, {}).items():
                pending.append((known.setdefault(name, group), group))

    def add_child(self, group: Group, name: str, inner: Group) -> None:
        """Register the inner selection set under the response name of its field."""
        self.join(self.children.setdefault(self.root(group), {}).setdefault(name, inner), inner)


class _GenerationVisitor(Visitor):
    """Tracks the current group of selections, and recognizes leaf fields of a generation."""

    def __init__(self, type_info: TypeInfo) -> None:
        super().__init__()
        self.type_info = type_info
        self.groups: list[Group] = []

    def enter_selection_set(self, node: SelectionSetNode, _key: object, parent: Node, *_: object) -> None:
        if isinstance(parent, InlineFragmentNode):
            self.groups.append(self.groups[-1])
        elif isinstance(parent, FragmentDefinitionNode):
            self.groups.append(parent.name.value)
        else:
            self.groups.append(id(node))

    def leave_selection_set(self, *_: object) -> SelectionSetNode | None:
        self.groups.pop()
        return None

    def is_generation_leaf(self, node: FieldNode) -> bool:
        parent = self.type_info.get_parent_type()
        return node.selection_set is None and parent is not None and parent.name == TYPE_NAME


class _Collector(_GenerationVisitor):
    def __init__(self, type_info: TypeInfo) -> None:
        super().__init__(type_info)
        self.has_leaf = False
        self.merge_groups = _MergeGroups()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        name = node.name.value
        # the parent type is that of the enclosing selection set both before and after the field is entered
        if name in LEAVES and self.is_generation_leaf(node):
            self.has_leaf = True
            if name == LOWER_CASE_TRIGGER:
                self.merge_groups.marked.add(self.groups[-1])

    def enter_selection_set(self, node: SelectionSetNode, key: object, parent: Node, *rest: object) -> None:
        super().enter_selection_set(node, key, parent, *rest)
        if isinstance(parent, FieldNode):
            self.merge_groups.add_child(self.groups[-2], (parent.alias or parent.name).value, self.groups[-1])

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self.merge_groups.join(self.groups[-1], node.name.value)

    def lower_cased(self) -> "_LowerCased":
        return _LowerCased(
            self.merge_groups, frozenset(self.merge_groups.root(group) for group in self.merge_groups.marked)
        )


@dataclass(frozen=True, slots=True)
class _LowerCased:
    groups: _MergeGroups
    roots: frozenset[Group]

    def __contains__(self, group: Group) -> bool:
        return self.groups.root(group) in self.roots


class _Rewriter(_GenerationVisitor):
    def __init__(self, type_info: TypeInfo, lower_cased: _LowerCased) -> None:
        super().__init__(type_info)
        self.lower_cased = lower_cased

    def enter_field(self, node: FieldNode, *_: object) -> FieldNode | None:
        name = node.name.value
        if name not in LEAVES and name not in LOWER_CASE_FIELDS:
            return None
        if not self.is_generation_leaf(node):
            return None
        target = LEAVES.get(name)
        if target is None and self.groups[-1] in self.lower_cased:
            target = LOWER_CASE_FIELDS[name]
        return _renamed(node, target) if target else None


def _renamed(node: FieldNode, target: str) -> FieldNode:
    return FieldNode(
        alias=node.alias or node.name,
        name=NameNode(value=target, loc=node.name.loc),
        arguments=node.arguments,
        directives=node.directives,
        selection_set=None,
        loc=node.loc,
    )
