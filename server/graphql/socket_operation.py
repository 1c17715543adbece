"""One operation on a socket, from its subscribe message to its error or complete message."""

from collections.abc import Mapping
from contextlib import aclosing
from typing import Generic

from graphql import OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect

from kit.errors import DoitongError
from server.graphql.context import Caller, Gate, P, RequestInfo, Transport
from server.graphql.errors import OperationFailed, RequestError
from server.graphql.exchange import base_url_of, client_of, new_request_id
from server.graphql.operations import Operations, PreparedOperation
from server.graphql.protocol import GraphQLParams
from server.graphql.responses import (
    Payload,
    describe,
    describe_request_error,
    encode,
    refusal_payload,
    result_payload,
)


class SocketOperation(Generic[P]):
    """Sends what one operation yields. Whatever is wrong with it leaves the socket and its other operations alone."""

    def __init__(
        self,
        operation_id: str,
        websocket: WebSocket,
        headers: Mapping[str, str],
        operations: Operations,
        gate: Gate[P],
    ) -> None:
        self.id = operation_id
        self.websocket = websocket
        self.headers = headers
        self.operations = operations
        self.gate = gate
        self.request_id = new_request_id()

    async def run(self, params: GraphQLParams, caller: Caller[P]) -> None:
        """Run to the end, or to the end of the socket."""
        try:
            errors = await self._outcome(params, caller)
            if errors is None:
                await self._send("complete")
            else:
                await self._send("error", errors)
        except WebSocketDisconnect:
            pass

    async def _outcome(self, params: GraphQLParams, caller: Caller[P]) -> list[Payload] | None:
        try:
            prepared = self.operations.prepare(params)
            context = self.gate.context_for(caller, self._info(prepared))
            if prepared.type is OperationType.SUBSCRIPTION:
                await self._send_stream(prepared, context)
            else:
                result = await self.operations.execute(prepared, context=context)
                await self._send("next", result_payload(result, request_id=self.request_id))
        except RequestError as error:
            return describe_request_error(error)
        except DoitongError as error:
            return [refusal_payload(error, request_id=self.request_id)]
        except OperationFailed as failed:
            return describe(failed.errors, request_id=self.request_id)
        return None

    async def _send_stream(self, prepared: PreparedOperation, context: object) -> None:
        async with aclosing(await self.operations.subscribe(prepared, context=context)) as results:
            async for result in results:
                await self._send("next", result_payload(result, request_id=self.request_id))

    async def _send(self, kind: str, payload: Payload | list[Payload] | None = None) -> None:
        # The id is set around a payload that was encoded on its own, so that one encoding can serve many sockets.
        head = f'{{"id":{encode(self.id).decode()},"type":"{kind}"'
        body = "" if payload is None else f',"payload":{encode(payload).decode()}'
        await self.websocket.send_text(f"{head}{body}}}")

    def _info(self, prepared: PreparedOperation) -> RequestInfo:
        return RequestInfo(
            headers=self.headers,
            request_id=self.request_id,
            base_url=base_url_of(self.websocket.scope, self.headers),
            client=client_of(self.websocket.scope),
            transport=Transport.WEBSOCKET,
            operation_type=prepared.type,
        )
