"""GraphQL's validation rules, with a bound on the rule that compares all fields of one response name pairwise."""

from functools import lru_cache

from graphql import (
    ASTValidationRule,
    OverlappingFieldsCanBeMergedRule,
    SelectionSetNode,
    ValidationContext,
    specified_rules,
)
from graphql.validation.validate import ValidationAbortedError

from server.graphql.documents.limits import too_complex
from web.errors import RequestError


@lru_cache(maxsize=8)
def bounded_rules(comparisons: int) -> tuple[type[ASTValidationRule], ...]:
    """Return the rules of the specification. Validation raises `RequestError` after `comparisons` comparisons.

    graphql-core's rule counts the steps itself, through fragments and the selections of merged fields.
    """

    class BoundedRule(OverlappingFieldsCanBeMergedRule):
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            self.rule_context.remaining_complexity_budget = comparisons

        def enter_selection_set(
            self, selection_set: SelectionSetNode, key: object, parent: object, *rest: object
        ) -> None:
            try:
                super().enter_selection_set(selection_set, key, parent, *rest)
            except ValidationAbortedError:
                if self.rule_context.remaining_complexity_budget < 0:
                    raise _too_many(comparisons) from None
                raise

    return tuple(BoundedRule if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules)


def _too_many(comparisons: int) -> RequestError:
    return too_complex(
        f"repeats the same fields so often that comparing them takes more than {comparisons:,} steps: select each "
        "field once in one place, or in fewer fragments"
    )
