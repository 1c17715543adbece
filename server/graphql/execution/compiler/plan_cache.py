"""The plans of operations, by document, operation and the values of the variables that its directives use."""

from collections.abc import Collection, Hashable
from typing import Any, Final

from graphql import GraphQLSchema, OperationDefinitionNode, VariableDefinitionNode
from graphql.execution.executor import Executor
from graphql.execution.values import VariableValues, get_variable_values

from kit.lru import LeastRecentlyUsed
from server.graphql.documents.cache import Document, Operation
from server.graphql.documents.memory_estimates import weight_of_document
from server.graphql.execution.compiler.plan import ExecutionPlan, compile_operation

# Estimated bytes, as upper bounds.
PLAN_BYTES: Final = 20_000_000
ENTRY_BYTES: Final = 6_000
FIELD_BYTES: Final = 1_500
MAX_COERCION_ERRORS: Final = 10  # each one prints the whole value

DirectiveValues = tuple[object, ...]
"""The values of the variables that the directives of a document use. Plans differ by them."""


class PlanCache:
    """Compiles operations at their first execution; the least recently used plans are removed first."""

    def __init__(
        self, schema: GraphQLSchema, executor_class: type[Executor[Any]], *, capacity: int = PLAN_BYTES
    ) -> None:
        self._schema, self._executor_class = schema, executor_class
        self._plans: LeastRecentlyUsed[Hashable, tuple[ExecutionPlan | None]] = LeastRecentlyUsed(capacity=capacity)

    @property
    def weight(self) -> int:
        """Estimated bytes of the plans, with the documents that they refer to."""
        return self._plans.weight

    def get(
        self, document: Document, operation: Operation, variables: dict[str, object]
    ) -> tuple[ExecutionPlan, VariableValues] | None:
        """Return the plan of an operation with its coerced variables; None if graphql-core has to execute it."""
        if operation.introspection_only:
            return None
        (plan,) = self._plans.get((document.text, operation.name, ())) or (None,)
        if plan is not None and (values := plan.text_variable_values(variables)) is not None:
            return plan, values
        definitions = _variable_definitions(document, operation)
        coerced = get_variable_values(self._schema, definitions, variables, max_errors=MAX_COERCION_ERRORS)
        if isinstance(coerced, list):
            return None
        directives = self.directive_values(document, coerced)
        if directives is None:
            return None
        plan = self.plan_for(document, operation, variables, directives)
        return None if plan is None else (plan, coerced)

    @staticmethod
    def directive_values(document: Document, variables: VariableValues) -> DirectiveValues | None:
        """Return what the variables mean to the document's directives; None if graphql-core has to judge them."""
        values = tuple(variables.coerced.get(variable) for variable in document.directive_variables)
        return None if any(type(value) is not bool for value in values if value is not None) else values

    def plan_for(
        self, document: Document, operation: Operation, variables: dict[str, object], directives: DirectiveValues
    ) -> ExecutionPlan | None:
        """Return the plan of an operation whose variables are valid; None if graphql-core has to execute it."""
        key = (document.text, operation.name, directives)
        cached = self._plans.get(key)
        if cached is None:
            cached = (self._compile(document, operation, variables),)
            self._plans.put(key, cached, weight=_weight(document, cached[0]))
        return cached[0]

    def _compile(self, document: Document, operation: Operation, variables: dict[str, object]) -> ExecutionPlan | None:
        executor = self._executor_class.build(
            self._schema, document.node, raw_variable_values=variables, operation_name=operation.name
        )
        return None if isinstance(executor, list) else compile_operation(executor)


def _weight(document: Document, plan: ExecutionPlan | None) -> int:
    """Return the bytes of a plan, and of the document that may be removed from its own cache before."""
    fields = plan.field_count * FIELD_BYTES if plan else 0
    return ENTRY_BYTES + fields + weight_of_document(document.text, document.node, operations=len(document.operations))


def _variable_definitions(document: Document, operation: Operation) -> Collection[VariableDefinitionNode]:
    for node in document.node.definitions:
        if isinstance(node, OperationDefinitionNode) and (node.name.value if node.name else None) == operation.name:
            return node.variable_definitions or ()
    return ()
