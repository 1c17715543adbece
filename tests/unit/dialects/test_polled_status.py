"""Status calls over MCP that are answered from the cache of results."""

from typing import cast

import orjson
import pytest
from starlette.requests import Request

from accounts.plans import PlanName
from accounts.principal import DEFAULT_SCOPES, Principal
from dialects.kubeez.mcp.authenticated_request import AuthenticatedRequest
from dialects.kubeez.mcp.direct_tool_calls import ToolCallMessage
from dialects.kubeez.mcp.polled_status import respond_and_cache, respond_from_cache, result_key
from generations.services import Services
from tests.support.manual_clock import ManualClock
from web.json_api import Call
from web.result_cache import ResultCache

pytestmark = pytest.mark.anyio

OWNER = Principal("acc_1", "key_1", PlanName.PRO, True, frozenset(DEFAULT_SCOPES))
ANSWER = {"structuredContent": {"status": "processing"}, "isError": False}
ERROR = {"content": [{"type": "text", "text": "Too many reads."}], "isError": True}


def authenticated() -> AuthenticatedRequest:
    request = Request({"type": "http", "headers": []})
    call = Call(OWNER, cast(Services, None), lambda key, name, until: "", request, {}, {}, "http://here")
    return AuthenticatedRequest(call, "http://here", lambda: None, ResultCache(ManualClock()))


def message(number: int, **arguments: object) -> ToolCallMessage:
    params = {"name": "get_status", "arguments": arguments}
    return ToolCallMessage(number, params, "2025-06-18", orjson.dumps({"id": number, "params": params}))


@pytest.mark.parametrize(("result", "is_kept"), [(ANSWER, True), (ERROR, False)], ids=["status", "error"])
async def test_a_status_is_kept_and_an_error_is_not(result: dict[str, object], is_kept: bool) -> None:
    async def execute(message: ToolCallMessage, request: Request) -> dict[str, object]:
        return {"jsonrpc": "2.0", "id": message.id, "result": result}

    call, first, second = authenticated(), message(1, id="gen_1"), message(2, id="gen_1")
    key = result_key(first, call)
    assert key is not None
    response = await respond_and_cache(key, first, Request(call.put_in({"type": "http", "headers": []})), execute)
    repeated = respond_from_cache(key, second, call)

    assert orjson.loads(bytes(response.body)) == {"jsonrpc": "2.0", "id": 1, "result": result}
    assert result_key(second, call) == key
    assert (repeated is not None) == is_kept
    if repeated is not None:
        assert orjson.loads(bytes(repeated.body)) == {"jsonrpc": "2.0", "id": 2, "result": result}


@pytest.mark.parametrize("arguments", [{"id": "gen_1", "wait_seconds": 5}, {"id": 1}, {"id": "gen_1", "x": "y"}])
def test_calls_that_wait_or_are_invalid_are_executed(arguments: dict[str, object]) -> None:
    assert result_key(message(1, **arguments), authenticated()) is None
