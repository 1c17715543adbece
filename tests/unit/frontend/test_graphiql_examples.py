"""The example operations of the GraphiQL page."""

import json
from pathlib import Path

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate
from graphql.execution.values import get_variable_values

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = sorted((ROOT / "frontend" / "src" / "examples").glob("*.graphql"))


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema.graphql").read_text())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_valid_in_the_schema(path: Path, schema: GraphQLSchema) -> None:
    document = parse(path.read_text())
    variables_file = path.with_suffix(".json")
    variables = json.loads(variables_file.read_text()) if variables_file.exists() else {}

    assert validate(schema, document) == []
    for operation in document.definitions:
        assert isinstance(operation, OperationDefinitionNode)
        coerced = get_variable_values(schema, operation.variable_definitions or (), variables)
        assert not isinstance(coerced, list), coerced


def test_every_example_has_a_tab() -> None:
    tabs = (ROOT / "frontend" / "src" / "examples.js").read_text()

    assert len(EXAMPLES) == 5
    assert [path.name for path in EXAMPLES if f"./examples/{path.name}?raw" not in tabs] == []
