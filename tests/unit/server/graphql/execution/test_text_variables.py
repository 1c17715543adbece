"""Variables of the types ID and String, which a compiled operation does not coerce."""

import pytest

from tests.support.toy_schema import toy_client

pytestmark = pytest.mark.anyio

DOCUMENT = "mutation ($prompt: String!) { generate(prompt: $prompt) { id } }"


@pytest.mark.parametrize("value", [5, True, ["a"], {}, None])
async def test_a_value_of_another_type_is_refused_once_the_operation_is_compiled(value: object) -> None:
    async with toy_client() as http:
        accepted, refused = [
            (await http.post("/graphql", json={"query": DOCUMENT, "variables": {"prompt": prompt}})).json()
            for prompt in ("a fox", value)
        ]

    assert "errors" not in accepted
    assert "$prompt" in refused["errors"][0]["message"]
