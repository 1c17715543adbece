"""One delivery attempt: sign, send, and report the outcome."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from kit.clock import Clock, timeout_at
from kit.outbound import RETRY_HINT, OutboundRequestFailed, SafeHttpClient
from kit.webhook_signature import sign
from webhooks.apixo_results import with_results
from webhooks.event import LinkedFile, MessageFormat

RESPONSE_TIMEOUTS: Mapping[MessageFormat | None, timedelta] = {
    None: timedelta(seconds=15),
    MessageFormat.APIXO: timedelta(seconds=30),
}
EXCHANGE_TIMEOUT = timedelta(seconds=35)  # of real time, also while a test stops the clock
MAX_STORED_BYTES = 1024  # bytes of the response
OK, GONE = 200, 410

LinkSigner = Callable[[LinkedFile], str | None]


@dataclass(frozen=True, slots=True)
class Message:
    """A message and its receiver."""

    delivery_id: str
    message_id: str
    queue: str
    endpoint_id: str | None
    url: str
    secrets: Sequence[str]
    body: Mapping[str, Any]
    leased_until: datetime
    """The end of the lease of this attempt. If the delivery has another one by now, another attempt has taken it."""
    links: Sequence[LinkedFile] = ()
    format: MessageFormat | None = None


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """The outcome of an attempt: status and start of the response, or the error."""

    at: datetime
    latency: int
    """Duration in milliseconds."""
    status: int | None = None
    error: str | None = None
    response_body: str | None = None
    format: MessageFormat | None = None
    """The format of the message."""

    @property
    def is_accepted(self) -> bool:
        if self.format is MessageFormat.APIXO:
            return self.status == OK
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver is gone (HTTP 410), which APIXO does not know: it sends again."""
        return self.status == GONE and self.format is not MessageFormat.APIXO


async def make_attempt(
    message: Message, http_client: SafeHttpClient, clock: Clock, sign_link: LinkSigner
) -> DeliveryOutcome:
    """Send the message once. Every failure of the receiver is an outcome, not an exception."""
    body = render(message.body, message.links, sign_link, format=message.format)
    began, time_limit = clock.now(), RESPONSE_TIMEOUTS[message.format]
    headers = sign(message.secrets, message_id=message.message_id, timestamp=int(began.timestamp()), body=body)
    headers["content-type"] = "application/json"
    try:
        async with timeout_at(clock, began + time_limit):
            response = await http_client.post(
                message.url, body=body, headers=headers, timeout=EXCHANGE_TIMEOUT, max_response_bytes=MAX_STORED_BYTES
            )
    except TimeoutError:
        error = f"No answer within {time_limit.total_seconds():g} s."
        return DeliveryOutcome(began, _milliseconds_since(began, clock), error=error)
    except OutboundRequestFailed as failure:
        error = failure.message.removesuffix(f" {RETRY_HINT}")  # the dispatcher retries
        return DeliveryOutcome(began, _milliseconds_since(began, clock), error=error)
    except OSError as error:
        return DeliveryOutcome(began, _milliseconds_since(began, clock), error=f"It could not be sent: {error}.")
    response_body = response.body.decode(errors="replace").replace("\0", "\ufffd")  # PostgreSQL takes no NUL
    return DeliveryOutcome(
        began,
        _milliseconds_since(began, clock),
        status=response.status,
        response_body=response_body,
        format=message.format,
    )


def render(
    body: Mapping[str, Any], links: Sequence[LinkedFile], sign_link: LinkSigner, *, format: MessageFormat | None = None
) -> bytes:
    """Return the request body, with newly signed URLs of the files."""
    if not links:
        return orjson.dumps(body)
    urls = [sign_link(link) for link in links]
    if format is not MessageFormat.APIXO:
        return orjson.dumps({**body, "url": urls[0]})
    return orjson.dumps({**body, "data": with_results(body["data"], urls)})


def _milliseconds_since(moment: datetime, clock: Clock) -> int:
    return round((clock.now() - moment).total_seconds() * 1000)
