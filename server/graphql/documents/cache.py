"""The document cache: each text is parsed, checked against the limits, rewritten and validated once."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    parse,
    validate,
    visit,
)

from kit.lru import LeastRecentlyUsed
from kit.text import truncate
from server.graphql.documents.bounded_validation import bounded_rules
from server.graphql.documents.compatibility_rewrite import LEAVES, rewrite_leaves
from server.graphql.documents.limits import QueryLimits, check_limits, is_introspection, too_complex
from server.graphql.documents.memory_estimates import weight_of_document, weight_of_errors, weight_of_text
from server.graphql.errors import EXAMPLE, DocumentError
from web.errors import RequestError, RequestErrorCode

# Estimated bytes of the cached documents and of the persisted query texts.
DOCUMENT_BYTES = 80_000_000
PERSISTED_BYTES = 12_000_000
ERROR_PRINT_BUDGET = 4_000  # values that the validation errors of one document may print in total
CHARACTERS_PER_VALUE = 50  # characters of text that cost as much as one value
MAX_ROOT_FIELDS = 8
LINES_PER_VALUE = 10  # lines that cost as much as one value


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document. `first_key` is the response key of its first field."""

    name: str | None
    type: OperationType
    introspection_only: bool
    first_key: str
    root_fields: frozenset[str] | None
    """The names of its fields on the root type; None for more than `MAX_ROOT_FIELDS`."""


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document."""

    text: str
    node: DocumentNode
    operations: tuple[Operation, ...]
    directive_variables: tuple[str, ...]
    """The names of the variables that directives use."""

    def operation(self, name: str | None) -> Operation:
        """Return the operation of that name, or the only one. Raises `RequestError`."""
        return select_operation(self.operations, name)


class InvalidDocument(DocumentError):
    """A document that parses but does not validate. Its operations decide the transport of the response."""

    def __init__(self, errors: Sequence[GraphQLError], *, operations: tuple[Operation, ...]) -> None:
        super().__init__(errors, code=RequestErrorCode.GRAPHQL_VALIDATION_FAILED)
        self.operations = operations

    def factory(self) -> Callable[[], RequestError]:
        return partial(InvalidDocument, self.errors, operations=self.operations)


class DocumentCache:
    """Documents of one schema by text, and persisted query texts by SHA-256 hash."""

    def __init__(
        self, schema: GraphQLSchema, *, limits: QueryLimits | None = None, capacity: int = DOCUMENT_BYTES
    ) -> None:
        self.schema = schema
        self.limits = limits or QueryLimits()
        self._anonymous_limits = self.limits.for_anonymous()
        self._documents: LeastRecentlyUsed[str, Document | Callable[[], RequestError]] = LeastRecentlyUsed(
            capacity=capacity
        )
        self._persisted: LeastRecentlyUsed[str, str] = LeastRecentlyUsed(capacity=PERSISTED_BYTES)

    @property
    def weight(self) -> int:
        """Estimated bytes of the cached documents."""
        return self._documents.weight

    @property
    def persisted_weight(self) -> int:
        """Estimated bytes of the persisted query texts."""
        return self._persisted.weight

    def get(self, text: str, *, for_anonymous: bool = False) -> Document:
        """Return the document. Raises `RequestError`, which is cached too.

        For an anonymous caller nothing is cached and the limits are lower.
        """
        cached = self._documents.get(text)
        if cached is None:
            if for_anonymous:
                return prepare_document(text, self.schema, limits=self._anonymous_limits)
            return self._prepare(text)
        if isinstance(cached, Document):
            return cached
        raise cached()

    def _prepare(self, text: str) -> Document:
        try:
            document = prepare_document(text, self.schema, limits=self.limits)
        except RequestError as error:
            if len(text) <= self.limits.characters:
                self._documents.put(text, error.factory(), weight=_weight_of_error(text, error))
            raise
        weight = weight_of_document(text, document.node, operations=len(document.operations))
        self._documents.put(text, document, weight=weight)
        return document

    def persisted_text(self, text: str | None, persisted_query: object) -> str:
        """Return the text of an automatic persisted query: the one sent along, or the one stored under its hash."""
        digest = _digest_of(persisted_query)
        if text is None:
            return self._stored(digest)
        if hashlib.sha256(text.encode()).hexdigest() != digest:
            raise RequestError("provided sha does not match query", code=RequestErrorCode.PERSISTED_QUERY_HASH_MISMATCH)
        if len(text) <= self.limits.characters:
            self._persisted.put(digest, text, weight=weight_of_text(text))
        return text

    def _stored(self, digest: str) -> str:
        text = self._persisted.get(digest)
        if text is None:
            raise RequestError(
                "PersistedQueryNotFound",  # clients look for this exact message
                code=RequestErrorCode.PERSISTED_QUERY_NOT_FOUND,
                status=200,
                headers={"cache-control": "no-store"},
            )
        return text


def prepare_document(text: str, schema: GraphQLSchema, *, limits: QueryLimits) -> Document:
    """Parse, check, rewrite and validate. Raises `DocumentError`, or `RequestError` for a document over the limits."""
    node = _parse(text, limits)
    literal_values = check_limits(node, limits)
    if any(leaf in text for leaf in LEAVES):
        node = rewrite_leaves(node, schema)
    max_errors = min(limits.errors, _max_errors(text, values=literal_values))
    errors = validate(schema, node, bounded_rules(limits.comparisons), max_errors=max_errors)
    if errors:
        raise InvalidDocument(errors, operations=operations_of(node))
    return Document(text, node, operations_of(node), _directive_variables(node) if "@" in text else ())


def _max_errors(text: str, *, values: int) -> int:
    """Return how many validation errors to collect: fewer for long texts, since each prints values and counts lines."""
    return max(
        1, ERROR_PRINT_BUDGET // (1 + values + len(text) // CHARACTERS_PER_VALUE + _lines(text) // LINES_PER_VALUE)
    )


def _lines(text: str) -> int:
    return 1 + text.count("\n") + text.count("\r") - text.count("\r\n")


def _weight_of_error(text: str, error: RequestError) -> int:
    errors = error.errors if isinstance(error, DocumentError) else ()
    operations = error.operations if isinstance(error, InvalidDocument) else ()
    return weight_of_errors(text, errors, operations=len(operations))


class _DirectiveVariables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        values = (argument.value for argument in node.arguments or ())
        self.names |= {value.name.value for value in values if isinstance(value, VariableNode)}


def _directive_variables(node: DocumentNode) -> tuple[str, ...]:
    visitor = _DirectiveVariables()
    visit(node, visitor)
    return tuple(sorted(visitor.names))


def operations_of(node: DocumentNode) -> tuple[Operation, ...]:
    fragments = {
        definition.name.value: definition.selection_set
        for definition in node.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    return tuple(
        Operation(
            name=definition.name.value if definition.name else None,
            type=definition.operation,
            introspection_only=is_introspection(definition),
            first_key=next((key for key, _ in _fields(definition, fragments)), definition.operation.value),
            root_fields=_root_fields(definition, fragments),
        )
        for definition in node.definitions
        if isinstance(definition, OperationDefinitionNode)
    )


def _root_fields(
    definition: OperationDefinitionNode, fragments: Mapping[str, SelectionSetNode]
) -> frozenset[str] | None:
    names = frozenset(name for _, name in _fields(definition, fragments))
    return names if len(names) <= MAX_ROOT_FIELDS else None


def _fields(
    definition: OperationDefinitionNode, fragments: Mapping[str, SelectionSetNode]
) -> Iterator[tuple[str, str]]:
    """Yield response key and name of the fields on the root type, in order."""
    unvisited = dict(fragments)  # each once, since an invalid document may have cycles
    pending = list(reversed(definition.selection_set.selections))
    while pending:
        node = pending.pop()
        if isinstance(node, FieldNode):
            yield (node.alias or node.name).value, node.name.value
            continue
        inner = node.selection_set if isinstance(node, InlineFragmentNode) else unvisited.pop(_name(node), None)
        pending += reversed(inner.selections if inner else ())


def _name(node: SelectionNode) -> str:
    return node.name.value if isinstance(node, FragmentSpreadNode) else ""


def select_operation(operations: tuple[Operation, ...], name: str | None) -> Operation:
    """Return the requested operation. Raises `RequestError` for an unknown name, or a missing name among several."""
    code = RequestErrorCode.OPERATION_RESOLUTION_FAILURE
    if name is not None:
        for operation in operations:
            if operation.name == name:
                return operation
        raise RequestError(f"The document has no operation named {truncate(name)}.", code=code)
    if not operations:
        raise RequestError(f"The document has only fragments: add an operation to run, as in {EXAMPLE}.", code=code)
    if len(operations) > 1:
        raise RequestError("The document has several operations: name one in `operationName`.", code=code)
    return operations[0]


def _parse(text: str, limits: QueryLimits) -> DocumentNode:
    if len(text) > limits.characters:
        raise too_complex(f"has more than {limits.characters:,} characters: send long values as variables")
    if _lines(text) > limits.lines:
        raise too_complex(f"has more than {limits.lines:,} lines: send long values as variables")
    try:
        return parse(text, max_lexical_tokens=limits.tokens, max_comments=limits.comments)
    except GraphQLSyntaxError as error:
        # graphql-core distinguishes its own limits from syntax errors by the message alone
        if "Document contains more than" in error.message:
            raise too_complex(f"has more than {limits.tokens} tokens") from None
        if "nested too deeply" in error.message:
            raise too_complex("is nested too deeply") from None
        raise DocumentError([error], code=RequestErrorCode.GRAPHQL_PARSE_FAILED) from None


def _digest_of(persisted_query: object) -> str:
    if isinstance(persisted_query, Mapping) and persisted_query.get("version") == 1:
        digest = persisted_query.get("sha256Hash")
        if isinstance(digest, str) and len(digest) == 64:
            return digest.lower()
    raise RequestError("Unsupported persisted query", code=RequestErrorCode.PERSISTED_QUERY_NOT_SUPPORTED)
