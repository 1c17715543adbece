"""Invalid input: the error has a code and a field, and nothing is charged or stored."""

from typing import Any

import httpx
import pytest

from cli.client.graphql_client import Client
from tests.support.graphql_requests import GENERATE, IMAGE, post
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

SPEECH: dict[str, Any] = {"type": "AUDIO", "provider": "elevenlabs"}
STATE = "{ account { credits { available held } } generations(first: 1) { nodes { id } } }"
INVALID: list[tuple[dict[str, Any], str, str]] = [
    ({"provider": "flux-prp"}, "INVALID_INPUT", "input.provider"),
    ({"provider": "kling"}, "INVALID_INPUT", "input.provider"),
    ({"provider": ""}, "INVALID_INPUT", "input.provider"),
    ({"input": {"text": ""}}, "INVALID_INPUT", "input.input.text"),
    ({"input": {"text": " \n\t "}}, "INVALID_INPUT", "input.input.text"),
    ({"input": {"text": "x" * 100_000}}, "INVALID_INPUT", "input.input.text"),
    ({"input": {}}, "INVALID_INPUT", "input.input.text"),
    ({"options": {"quality": "hihg"}}, "INVALID_INPUT", "input.options.quality"),
    ({"options": {"duration": 5}}, "INVALID_INPUT", "input.options.duration"),
    ({"options": {"width": 1_000_000}}, "INVALID_INPUT", "input.options.width"),
    ({"options": {"seed": -1}}, "INVALID_INPUT", "input.options.seed"),
    ({"options": {"extra": [1]}}, "INVALID_INPUT", "input.options.extra"),
    ({"webhookUrl": "javascript:alert(1)"}, "INVALID_INPUT", "input.webhookUrl"),
    ({"idempotencyKey": "k" * 256}, "INVALID_INPUT", "input.idempotencyKey"),
    ({"idempotencyKey": "a\x00b"}, "INVALID_INPUT", "input.idempotencyKey"),
    ({"maxCredits": 1}, "SPEND_CAP_REACHED", ""),
    ({"input": {"text": "x", "image": "not an address"}}, "INVALID_INPUT", "input.input.image"),
    ({"input": {"text": "x", "image": "http://169.254.169.254/latest"}}, "INVALID_MEDIA_URL", "input.input.image"),
    ({"input": {"text": "x", "image": "data:text/html,<b>fox</b>"}}, "INVALID_MEDIA_URL", "input.input.image"),
    ({"input": {"text": "x", "image": "data:image/png;base64,%%%"}}, "INVALID_INPUT", "input.input.image"),
    ({"input": {"text": "x", "image": "data:image/png;base64,"}}, "INVALID_MEDIA_URL", "input.input.image"),
    ({"input": {"text": "x", "image": "data:image/png;base64,YSBmb3g="}}, "INVALID_MEDIA_URL", "input.input.image"),
    ({"input": {"text": "x", "image": "https://u:p@example.com/x.png"}}, "INVALID_MEDIA_URL", "input.input.image"),
    ({"input": {"text": "x", "image": "ftp://example.com/x.png"}}, "INVALID_MEDIA_URL", "input.input.image"),
    ({"input": {"text": "a fox test:failure"}}, "INVALID_INPUT", "input.input.text"),
    ({**SPEECH, "input": {"text": "<speak><break time='1s'/></speak>"}}, "INVALID_INPUT", "input.input.text"),
    ({**SPEECH, "input": {"text": "..."}}, "INVALID_INPUT", "input.input.text"),
    ({**SPEECH, "input": {"text": "🎉🎉 — !"}}, "INVALID_INPUT", "input.input.text"),
]


@pytest.mark.parametrize(("changes", "code", "field"), INVALID)
async def test_invalid_input_is_rejected_with_its_field_and_without_effects(
    server: ServerProcess, client: Client, changes: dict[str, Any], code: str, field: str
) -> None:
    before = await client.execute(STATE)
    response = await post(server, {"query": GENERATE, "variables": {"input": {**IMAGE, **changes}}})

    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == code, error
    assert error["extensions"].get("field", "") == field
    assert response.status_code == (402 if code == "SPEND_CAP_REACHED" else 400)
    assert await client.execute(STATE) == before


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"type": "IMAG"}, {"field": "input.type", "suggestion": "IMAGE"}),
        ({"options": {"width": "wide"}}, {"field": "input.options.width"}),
        ({"options": {"widht": 5}}, {"field": "input.options.widht", "suggestion": "width"}),
        ({"input": "a fox"}, {"field": "input.input"}),
        ({"type": None}, {"field": "input.type"}),
    ],
)
async def test_a_wrong_type_is_an_error_with_its_field(
    server: ServerProcess, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    response = await post(server, {"query": GENERATE, "variables": {"input": {**IMAGE, **changes}}})

    assert response.status_code in (200, 400)
    extensions = response.json()["errors"][0]["extensions"]
    assert extensions == {"code": "BAD_USER_INPUT", "retryable": False, **expected}
    assert "data" not in response.json() or response.json()["data"] is None


@pytest.mark.parametrize(
    "key", ["", "nonsense", "sk_test_", "sk_live_" + "0" * 38, "sk_test_" + "0" * 38, "a" * 10_000, "sk_test_é"]
)
async def test_a_missing_or_invalid_key_is_401(server: ServerProcess, key: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        for header in ({"authorization": f"Bearer {key}".strip()}, {"x-api-key": key}):
            raw_headers = [(name.encode(), value.encode()) for name, value in header.items()]
            response = await http.post(
                f"{server.url}/graphql", json={"query": "{ account { id } }"}, headers=raw_headers
            )
            assert response.status_code == 401
            assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_malformed_ids_are_not_found(server: ServerProcess) -> None:
    query = "query ($id: ID!) { generation(id: $id) { id } node(id: $id) { id } provider(id: $id) { id } }"
    for identifier in ("", "gen_", "\x00", "é" * 100, "gen_" + "0" * 26, "' or 1=1 --", "x" * 100_000):
        response = await post(server, {"query": query, "variables": {"id": identifier}})
        assert response.json() == {"data": {"generation": None, "node": None, "provider": None}}


@pytest.mark.parametrize("cursor", ["", "x", "\x00", "YzE6"])
async def test_an_invalid_cursor_is_named(server: ServerProcess, cursor: str) -> None:
    query = "query ($after: String) { generations(after: $after) { nodes { id } } }"
    response = await post(server, {"query": query, "variables": {"after": cursor}})

    if cursor != "YzE6":
        assert response.json()["errors"][0]["extensions"]["field"] == "after"
    assert response.status_code < 500
