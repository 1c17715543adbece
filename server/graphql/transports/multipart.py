"""Apollo's multipart subscription protocol: https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol"""

from typing import Final

from server.graphql.responses import Payload, encode
from server.graphql.transports.streams import StreamFormat

BOUNDARY: Final = b"graphql"


def _part(body: bytes) -> bytes:
    # the boundary is sent with the part, so that the client can parse it before the next one comes
    return b"\r\nContent-Type: application/json\r\n\r\n%b\r\n--%b" % (body, BOUNDARY)


def _result(payload: bytes) -> bytes:
    return _part(b'{"payload":%b}' % payload)


def _failure(errors: list[Payload]) -> bytes:
    return _part(encode({"payload": None, "errors": errors}))


MULTIPART_SUBSCRIPTION: Final = StreamFormat(
    name="multipart",
    content_type='multipart/mixed; boundary="graphql"; subscriptionSpec=1.0',
    opening=b"\r\n--" + BOUNDARY,
    frame=_result,
    failure=_failure,
    heartbeat=_part(b"{}"),
    closing=b"--\r\n",
    interruption=b"--\r\n",  # the protocol can only end like this; the error is in the part before
)
