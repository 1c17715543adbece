"""One operation on a socket, from `subscribe` to `complete` or `error`."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import Generic

from graphql import OperationType
from starlette.websockets import WebSocketDisconnect

from kit.eager_task import start_eagerly
from kit.errors import DoitongError
from kit.logs import bind
from server.graphql.errors import OperationFailed
from server.graphql.execution.operations import Operations, PreparedOperation
from server.graphql.execution.result_queue import ResultQueue
from server.graphql.execution.shared_subscription import Subscriber
from server.graphql.execution.subscription_registry import SharedResults
from server.graphql.request_authentication import Caller, P, RequestAuthenticator
from server.graphql.request_params import GraphQLParams
from server.graphql.responses import (
    EncodedResult,
    Payload,
    encode,
    format_errors,
    format_request_error,
)
from server.graphql.transports.socket_connection import SocketConnection
from web.error_response import error_payload
from web.errors import RequestError
from web.request import new_request_id


class SocketOperation(Generic[P]):
    """Sends the results of one operation. Its errors do not affect the socket or other operations.

    It has a task while it runs or sends; a subscription that waits for an event has none, to save memory.
    """

    __slots__ = ("_connection", "_is_busy", "_on_end", "_results", "_subscriber", "_task", "id", "request_id")

    def __init__(
        self, operation_id: str, connection: SocketConnection, on_end: "Callable[[SocketOperation[P]], None]"
    ) -> None:
        self.id = operation_id
        self.request_id = new_request_id()
        self._connection = connection
        self._on_end = on_end
        self._results = ResultQueue()
        self._subscriber: Subscriber | None = None
        self._is_busy = False
        self._task: asyncio.Task[None] | None = None

    def start(
        self,
        params: GraphQLParams,
        caller: Caller[P],
        *,
        operations: Operations,
        authenticator: RequestAuthenticator[P],
    ) -> None:
        """Run until the operation ends, `stop` is called or the socket closes."""
        self._is_busy = True
        work = partial(self._run, params, caller, operations, authenticator)
        self._task = self._connection.group.create_task(self._until_idle(work))

    def stop(self) -> None:
        """Stop the operation without sending further messages."""
        if self._subscriber is not None:
            self._subscriber.leave()
        if self._task is not None:
            self._task.cancel()

    def deliver(self, subject: str, result: EncodedResult) -> None:
        self._results.put(subject, result)
        self._start_sending()

    def finish(self, failure: OperationFailed | None) -> None:
        self._results.finish(failure)
        self._start_sending()

    def _start_sending(self) -> None:
        if not self._is_busy:
            self._is_busy = True
            self._task = start_eagerly(self._until_idle(self._send_pending), self._connection.group)

    async def _until_idle(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except WebSocketDisconnect:
            self.stop()  # the client is gone; the session ends with its next read
        finally:
            self._is_busy, self._task = False, None

    async def _run(
        self, params: GraphQLParams, caller: Caller[P], operations: Operations, authenticator: RequestAuthenticator[P]
    ) -> None:
        bind(request_id=self.request_id)
        try:
            prepared = _prepare(params, caller, operations=operations, authenticator=authenticator)
            context = authenticator.context_for(caller, self._connection.info(self.request_id, prepared.type))
            if prepared.type is OperationType.SUBSCRIPTION:
                await self._subscribe(prepared, operations, context)
            else:
                await self._send_result(EncodedResult(await operations.execute(prepared, context=context)))
        except RequestError as error:
            await self._end(format_request_error(error))
        except DoitongError as error:
            await self._end([error_payload(error, request_id=self.request_id)])
        except OperationFailed as failed:
            await self._end(format_errors(failed.errors, request_id=self.request_id))
        else:
            if self._subscriber is None:
                await self._end(None)

    async def _subscribe(self, prepared: PreparedOperation, operations: Operations, context: object) -> None:
        source = await operations.subscribe(prepared, context=context)
        if isinstance(source, SharedResults):
            self._subscriber = await source.join(self)
            await self._send_pending()
            return
        async with aclosing(source.results()) as results:
            async for result in results:
                await self._send_result(result)

    async def _send_pending(self) -> None:
        try:
            while (result := self._results.take()) is not None:
                await self._send_result(result)
        except OperationFailed as failed:
            await self._end(format_errors(failed.errors, request_id=self.request_id))
        else:
            if self._results.is_finished:
                await self._end(None)

    async def _send_result(self, result: EncodedResult) -> None:
        await self._send("next", result.body(self.request_id))

    async def _end(self, errors: list[Payload] | None) -> None:
        if self._subscriber is not None:
            self._subscriber.leave()
        if errors is None:
            await self._send("complete")
        else:
            await self._send("error", encode(errors))
        self._on_end(self)

    async def _send(self, kind: str, payload: bytes | None = None) -> None:
        # The payload is encoded without the id, so that one encoding serves many sockets.
        head = f'{{"id":{encode(self.id).decode()},"type":"{kind}"'
        body = "" if payload is None else f',"payload":{payload.decode()}'
        await self._connection.send(f"{head}{body}}}")


def _prepare(
    params: GraphQLParams, caller: Caller[P], *, operations: Operations, authenticator: RequestAuthenticator[P]
) -> PreparedOperation:
    try:
        return operations.prepare(params)
    except RequestError:
        authenticator.count(caller, {})
        raise
