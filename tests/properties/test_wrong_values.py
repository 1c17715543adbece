"""A request with one or two wrong values is refused, as the OpenAPI document of its API describes it."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy
from jsonschema_rs import Draft202012Validator

from dialects.openapi.documents import DOCUMENTS, document_of
from tests.support.server_process import ServerProcess

EXAMPLES = 30
TIMEOUT = 60  # seconds
JSON_TYPE = "application/json"
MODEL = "nano-banana-2"
REMOVED = object()
FULL = {
    "MediaRequest": {
        "model": MODEL,
        "prompt": "a fox test:hang",
        "generation_type": "text-to-image",
        "negative_prompt": "rain",
        "aspect_ratio": "1:1",
        "quality": "standard",
        "resolution": "1K",
        "seed": 7,
        "fixed_lens": False,
    },
}
"""A valid body with the optional fields, where the example of the document has few. By the name of its schema."""

texts = st.text(st.characters(), max_size=12) | st.sampled_from(["", "\0", "a\0b", "x" * 4_000, "5s", "NaN", "\ud800"])
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([2**63, 2**64, 1e308])
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def posts() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield every operation that takes a JSON body, with the name of its document and its path."""
    for api in DOCUMENTS:
        for path, methods in document_of(api)["paths"].items():
            if JSON_TYPE in methods.get("post", {}).get("requestBody", {}).get("content", {}):
                yield api.name, path, methods["post"]


POSTS = list(posts())
COMPONENTS = {api.name: document_of(api)["components"] for api in DOCUMENTS}


def validator(api: str, schema: Mapping[str, Any]) -> Draft202012Validator:
    """Return the validator of a schema of a document, whose references are to its components."""
    return Draft202012Validator({"allOf": [schema], "components": COMPONENTS[api]})


def is_valid_value(validator: Draft202012Validator, value: object) -> bool:
    """Return whether a value is valid. One with a lone surrogate is not: the validator cannot encode it as UTF-8."""
    try:
        return validator.is_valid(value)
    except UnicodeEncodeError:
        return False


def near_misses(schema: Mapping[str, Any]) -> Iterator[object]:
    """Yield the values next to the bounds of a schema."""
    for one in (schema, *schema.get("anyOf", ())):
        yield from (one[bound] + step for bound, step in (("maximum", 1), ("minimum", -1)) if bound in one)
        yield from (one[bound] for bound in ("exclusiveMinimum", "exclusiveMaximum") if bound in one)
        if "maxLength" in one:
            yield "x" * (one["maxLength"] + 1)
        yield from (f"{word} " for word in one.get("enum", ()) if isinstance(word, str))


def wrong_values(api: str, name: str, schema: Mapping[str, Any]) -> SearchStrategy[object]:
    """Return the values that a property cannot have; REMOVED stands for none, of a required one."""
    known = schema["properties"][name]
    is_valid = partial(is_valid_value, validator(api, known))
    near = [value for value in near_misses(known) if not is_valid(value)]
    removed = [REMOVED] if name in schema.get("required", ()) else []
    wrong = values.filter(lambda value: not is_valid(value))
    return wrong if not near + removed else st.sampled_from(near + removed) | wrong


@pytest.mark.parametrize(("api", "path", "operation"), POSTS, ids=lambda part: part if isinstance(part, str) else "")
def test_a_wrong_value_is_refused_as_documented(
    server: ServerProcess, api: str, path: str, operation: dict[str, Any]
) -> None:
    content = operation["requestBody"]["content"][JSON_TYPE]
    name = content["schema"]["$ref"].rpartition("/")[2]
    schema = COMPONENTS[api]["schemas"][name]
    valid = FULL.get(name, content["example"])
    checked = [
        one for one in schema["properties"] if not validator(api, schema["properties"][one]).is_valid({"a": [{}]})
    ]
    headers = {"X-API-Key": server.key, "Content-Type": JSON_TYPE}

    with httpx.Client(base_url=server.url, headers=headers, trust_env=False, timeout=TIMEOUT) as client:

        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(st.data())
        def send(data: DataObject) -> None:
            body = dict(valid)
            for one in data.draw(st.lists(st.sampled_from(checked), min_size=1, max_size=2, unique=True)):
                value = data.draw(wrong_values(api, one, schema))
                body = {**body, one: value} if value is not REMOVED else {k: v for k, v in body.items() if k != one}

            response = client.post(path.replace("{model}", MODEL), content=json.dumps(body))

            answer = response.json()
            is_business = api == "omnivideo" and answer["code"] == 0
            assert 400 <= response.status_code < 500 or is_business, answer
            documented = operation["responses"][str(response.status_code)]["content"][JSON_TYPE]["schema"]
            validator(api, documented).validate(answer)

        send()
