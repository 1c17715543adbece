"""The leaf rewriting changes exactly the published leaves, in any document."""

from collections.abc import Iterator

from graphql import DocumentNode, FieldNode, TypeInfo, TypeInfoVisitor, Visitor, parse, print_ast, validate, visit
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from server.graphql.documents.compatibility_rewrite import LEAVES, LOWER_CASE_FIELDS, rewrite_leaves
from server.graphql.schema import build_schema
from tests.properties.documents import GENERATION, documents
from tests.properties.splitting import selected, split

SCHEMA = build_schema()._schema
SETTINGS = settings(
    max_examples=150, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


@SETTINGS
@given(documents(SCHEMA, leaves=False))
def test_a_document_without_leaves_is_unchanged(text: str) -> None:
    document = parse(text)

    assert validate(SCHEMA, document) == []
    assert rewrite_leaves(document, SCHEMA) is document
    assert print_ast(document) == print_ast(parse(text))


@SETTINGS
@given(documents(SCHEMA, leaves=True))
def test_every_leaf_is_rewritten_with_its_response_name_and_nothing_else_is(text: str) -> None:
    before = parse(text)
    after = rewrite_leaves(before, SCHEMA)

    assert validate(SCHEMA, after) == []
    assert print_ast(rewrite_leaves(after, SCHEMA)) == print_ast(after)
    bare = 0
    for (old, parent), (new, _) in zip(fields(before), fields(after), strict=True):
        if old.name.value in LEAVES and old.selection_set is None and parent == GENERATION:
            bare += 1
            assert new.name.value == LEAVES[old.name.value]
        elif old.name.value in LOWER_CASE_FIELDS and parent == GENERATION:
            assert new.name.value in (old.name.value, LOWER_CASE_FIELDS[old.name.value])
        else:
            assert new.name.value == old.name.value
        assert response_name(new) == response_name(old)
    event(f"{bare} leaves")
    if not bare:
        assert after is before


@st.composite
def documents_and_their_parts(draw: st.DrawFn) -> tuple[str, str]:
    whole = draw(documents(SCHEMA, leaves=True))
    return whole, split(draw, whole, SCHEMA)


@SETTINGS
@given(documents_and_their_parts())
def test_split_fields_are_rewritten_like_the_whole_field(texts: tuple[str, str]) -> None:
    whole, apart = (rewrite_leaves(parse(text), SCHEMA) for text in texts)

    assert validate(SCHEMA, apart) == []
    assert selected(apart) == selected(whole)
    event("lower case" if any(name in LOWER_CASE_FIELDS.values() for _, name in selected(whole)) else "as it is")


class _Fields(Visitor):
    def __init__(self, type_info: TypeInfo) -> None:
        super().__init__()
        self.type_info = type_info
        self.found: list[tuple[FieldNode, str]] = []

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self.type_info.get_parent_type()
        self.found.append((node, parent.name if parent else ""))


def fields(document: DocumentNode) -> Iterator[tuple[FieldNode, str]]:
    """Yield every field in document order, with the name of its parent type."""
    collector = _Fields(TypeInfo(SCHEMA))
    visit(document, TypeInfoVisitor(collector.type_info, collector))
    yield from collector.found


def response_name(node: FieldNode) -> str:
    return (node.alias or node.name).value
