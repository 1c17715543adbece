"""Documents made ready to run: parsed, limited, rewritten and validated once per text."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from graphql import (
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
    parse,
    validate,
)

from kit.text import truncate
from server.graphql.documents.bounded_validation import rules_within
from server.graphql.documents.leaf_aliases import LEAVES, rewrite_leaves
from server.graphql.documents.limits import QueryLimits, check_limits, is_introspection, too_complex
from server.graphql.documents.lru import LeastRecentlyUsed
from server.graphql.documents.memory_estimates import weight_of_document, weight_of_errors, weight_of_text
from server.graphql.errors import EXAMPLE, DocumentError
from web.errors import RequestError, RequestErrorCode

# Bytes, as they are estimated, of the documents and of the persisted texts that are remembered.
DOCUMENT_BYTES = 80_000_000
PERSISTED_BYTES = 12_000_000
MOST_PRINTED = 4_000  # values, or pieces of text, that the errors of one document print over again
PIECE = 50  # characters of text that cost as much as a value
LINES = 10  # lines that cost as much as a value


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document; its first key is where the results of a subscription are."""

    name: str | None
    type: OperationType
    introspection_only: bool
    first_key: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document that is valid and ready to run."""

    text: str
    node: DocumentNode
    operations: tuple[Operation, ...]

    def operation(self, name: str | None) -> Operation:
        """The operation of that name, or the only one. Raises `RequestError` when there is no such one."""
        return select_operation(self.operations, name)


class InvalidDocument(DocumentError):
    """A document that parses but does not fit the schema; its operations tell how the answer is to travel."""

    def __init__(self, errors: Sequence[GraphQLError], *, operations: tuple[Operation, ...]) -> None:
        super().__init__(errors, code=RequestErrorCode.GRAPHQL_VALIDATION_FAILED)
        self.operations = operations

    def factory(self) -> Callable[[], RequestError]:
        return partial(InvalidDocument, self.errors, operations=self.operations)


class DocumentCache:
    """The documents of one schema by their text, and the texts of persisted queries by their hash."""

    def __init__(
        self, schema: GraphQLSchema, *, limits: QueryLimits | None = None, capacity: int = DOCUMENT_BYTES
    ) -> None:
        self.schema = schema
        self.limits = limits or QueryLimits()
        self._limits_for_strangers = self.limits.for_strangers()
        self._documents: LeastRecentlyUsed[str, Document | Callable[[], RequestError]] = LeastRecentlyUsed(
            capacity=capacity
        )
        self._persisted: LeastRecentlyUsed[str, str] = LeastRecentlyUsed(capacity=PERSISTED_BYTES)

    @property
    def weight(self) -> int:
        """Bytes, as they are estimated, of the documents that are remembered."""
        return self._documents.weight

    def get(self, text: str, *, for_anonymous: bool = False) -> Document:
        """The document ready to run. Raises `RequestError`, which is remembered too.

        For a stranger nothing is remembered, and the limits are narrower.
        """
        known = self._documents.get(text)
        if known is None:
            if for_anonymous:
                return prepare_document(text, self.schema, limits=self._limits_for_strangers)
            return self._prepare(text)
        if isinstance(known, Document):
            return known
        raise known()

    def _prepare(self, text: str) -> Document:
        try:
            document = prepare_document(text, self.schema, limits=self.limits)
        except RequestError as refusal:
            if len(text) <= self.limits.characters:
                self._documents.put(text, refusal.factory(), weight=_weight_of_refusal(text, refusal))
            raise
        weight = weight_of_document(text, document.node, operations=len(document.operations))
        self._documents.put(text, document, weight=weight)
        return document

    def persisted_text(self, text: str | None, persisted_query: object) -> str:
        """The text that Apollo's `persistedQuery` extension stands for: the one sent with it, or the one stored."""
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
                "PersistedQueryNotFound",  # this very message makes clients send the text
                code=RequestErrorCode.PERSISTED_QUERY_NOT_FOUND,
                status=200,
                headers={"cache-control": "no-store"},
            )
        return text


def prepare_document(text: str, schema: GraphQLSchema, *, limits: QueryLimits) -> Document:
    """Parse, limit, rewrite and validate. Raises `DocumentError`, or `RequestError` when it is too large."""
    node = _parse(text, limits)
    written = check_limits(node, limits)
    if any(leaf in text for leaf in LEAVES):
        node = rewrite_leaves(node, schema)
    most = min(limits.errors, _most_errors(text, values=written))
    errors = validate(schema, node, rules_within(limits.comparisons), max_errors=most)
    if errors:
        raise InvalidDocument(errors, operations=operations_of(node))
    return Document(text=text, node=node, operations=operations_of(node))


def _most_errors(text: str, *, values: int) -> int:
    """Fewer where much is written out: an error about a value prints the whole of it, and counts the lines before."""
    return max(1, MOST_PRINTED // (1 + values + len(text) // PIECE + _lines(text) // LINES))


def _lines(text: str) -> int:
    return 1 + text.count("\n") + text.count("\r") - text.count("\r\n")


def _weight_of_refusal(text: str, refusal: RequestError) -> int:
    errors = refusal.errors if isinstance(refusal, DocumentError) else ()
    operations = refusal.operations if isinstance(refusal, InvalidDocument) else ()
    return weight_of_errors(text, errors, operations=len(operations))


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
            first_key=_first_key(definition, fragments),
        )
        for definition in node.definitions
        if isinstance(definition, OperationDefinitionNode)
    )


def _first_key(definition: OperationDefinitionNode, fragments: Mapping[str, SelectionSetNode]) -> str:
    unspread = dict(fragments)  # each once: in a document that is not valid they may go round
    waiting = list(reversed(definition.selection_set.selections))
    while waiting:
        node = waiting.pop()
        if isinstance(node, FieldNode):
            return (node.alias or node.name).value
        inner = node.selection_set if isinstance(node, InlineFragmentNode) else unspread.pop(_name(node), None)
        waiting += reversed(inner.selections if inner else ())
    return definition.operation.value


def _name(node: SelectionNode) -> str:
    return node.name.value if isinstance(node, FragmentSpreadNode) else ""


def select_operation(operations: tuple[Operation, ...], name: str | None) -> Operation:
    """The operation that a request means. Raises `RequestError` when it means none, or one of several."""
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
        # graphql-core tells its own limits apart from bad syntax by the message alone
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
