"""Hypothesis strategy for documents of the schema, with aliases, fragments and inline fragments."""

from dataclasses import dataclass, field

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)
from hypothesis import strategies as st

GENERATION = "Generation"
PUBLISHED_LEAVES = ("metadata", "error")
MAX_DEPTH = 5
FIELDS = (
    "generation",
    "generations",
    "node",
    "nodes",
    "edges",
    "account",
    "credits",
    "transactions",
    "providers",
    "pricing",
    "options",
    "pageInfo",
    "outputs",
    "metadata",
    "adjustments",
    "attempts",
    "error",
    "status",
    "statusText",
    "id",
    "url",
    "progress",
)
VALUES = {"ID": '"gen_x"', "Int": "1", "String": '"c"', "GenerationType": "IMAGE"}
Composite = GraphQLObjectType | GraphQLInterfaceType


@dataclass
class DocumentWriter:
    """Writes one document in which every field has a unique response name, so that fields cannot conflict."""

    draw: st.DrawFn
    schema: GraphQLSchema
    leaves: bool
    """Whether `metadata` and `error` of a generation may be selected as leaves."""
    names: int = 0
    fragments: list[str] = field(default_factory=list)
    unaliased: set[str] = field(default_factory=set)

    def document(self) -> str:
        operation = self.draw(st.sampled_from(["query", "subscription"]))
        if operation == "query":
            root = self.schema.query_type
            assert root is not None
            body = self.selections(root, MAX_DEPTH)
        else:
            body = '{ generationUpdated(id: "gen_x") ' + self.selections(self.generation(), MAX_DEPTH) + " }"
        return " ".join([operation, body, *self.fragments])

    def generation(self) -> Composite:
        type = self.schema.type_map[GENERATION]
        assert isinstance(type, GraphQLObjectType)
        return type

    def selections(self, type: Composite, depth: int) -> str:
        count = self.draw(st.integers(1, 4))
        return "{ " + " ".join(self.selection(type, depth) for _ in range(count)) + " }"

    def selection(self, type: Composite, depth: int) -> str:
        kind = self.draw(st.sampled_from(["field"] * 4 + ["inline", "typed", "spread"])) if depth else "field"
        match kind:
            case "inline":
                return "... " + self.selections(type, depth - 1)
            case "typed":
                inside = self.generation() if type.name == "Node" else type
                return f"... on {inside.name} " + self.selections(inside, depth - 1)
            case "spread":
                return self.spread(self.generation() if type.name == "Node" else type, depth - 1)
        return self.field(type, depth)

    def spread(self, type: Composite, depth: int) -> str:
        self.names += 1
        name = f"F{self.names}"
        self.fragments.append(f"fragment {name} on {type.name} {self.selections(type, depth)}")
        return f"...{name}"

    def field(self, type: Composite, depth: int) -> str:
        choices = [name for name in FIELDS if name in type.fields and self.fits(type.fields[name], depth)]
        name = self.draw(st.sampled_from(choices or ["__typename"]))
        head = self.response_name(name) + name
        if name == "__typename":
            return head
        chosen = type.fields[name]
        arguments = [
            f"{key}: {value(argument)}" for key, argument in chosen.args.items() if is_required_argument(argument)
        ]
        head += f"({', '.join(arguments)})" if arguments else ""
        named = get_named_type(chosen.type)
        is_bare = self.leaves and type.name == GENERATION and name in PUBLISHED_LEAVES and self.draw(st.booleans())
        if is_bare or not isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            return head
        return f"{head} {self.selections(named, depth - 1)}"

    def fits(self, chosen: GraphQLField, depth: int) -> bool:
        return is_leaf_type(get_named_type(chosen.type)) or depth > 0

    def response_name(self, name: str) -> str:
        if name not in self.unaliased and self.draw(st.booleans()):
            self.unaliased.add(name)
            return ""
        self.names += 1
        return f"a{self.names}: "


def value(argument: GraphQLArgument) -> str:
    return VALUES[get_named_type(argument.type).name]


@st.composite
def documents(draw: st.DrawFn, schema: GraphQLSchema, *, leaves: bool) -> str:
    return DocumentWriter(draw, schema, leaves).document()
