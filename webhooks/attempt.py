"""One delivery attempt: sign, send, and report the outcome."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from kit.clock import Clock, timeout_at
from kit.errors import InvalidMediaUrl
from kit.outbound import RETRY_HINT, SafeHttpClient
from kit.webhook_signature import sign
from webhooks.event import Link

RESPONSE_TIMEOUT = timedelta(seconds=15)
EXCHANGE_TIMEOUT = timedelta(seconds=20)  # of real time, also while a test stops the clock
MAX_STORED_BYTES = 1024  # bytes of the response
GONE = 410

LinkSigner = Callable[[Link], str | None]


@dataclass(frozen=True, slots=True)
class Message:
    """A message and its receiver."""

    delivery_id: str
    message_id: str
    lane: str
    endpoint_id: str | None
    url: str
    secrets: Sequence[str]
    body: Mapping[str, Any]
    link: Link | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an attempt: status and start of the response, or the error."""

    at: datetime
    latency: int
    """Duration in milliseconds."""
    status: int | None = None
    error: str | None = None
    answer: str | None = None

    @property
    def is_accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver is gone (HTTP 410)."""
        return self.status == GONE


async def make_attempt(message: Message, http_client: SafeHttpClient, clock: Clock, sign_link: LinkSigner) -> Outcome:
    """Send the message once. Every failure of the receiver is an outcome, not an exception."""
    body = render(message.body, message.link, sign_link)
    began = clock.now()
    headers = sign(message.secrets, message_id=message.message_id, timestamp=int(began.timestamp()), body=body)
    headers["content-type"] = "application/json"
    try:
        async with timeout_at(clock, began + RESPONSE_TIMEOUT):
            answer = await http_client.post(
                message.url, body=body, headers=headers, timeout=EXCHANGE_TIMEOUT, max_answer_bytes=MAX_STORED_BYTES
            )
    except TimeoutError:
        error = f"No answer within {RESPONSE_TIMEOUT.total_seconds():g} s."
        return Outcome(began, _milliseconds_since(began, clock), error=error)
    except InvalidMediaUrl as refusal:
        error = refusal.message.removesuffix(f" {RETRY_HINT}")  # the dispatcher retries
        return Outcome(began, _milliseconds_since(began, clock), error=error)
    except OSError as error:
        return Outcome(began, _milliseconds_since(began, clock), error=f"It could not be sent: {error}.")
    text = answer.body.decode(errors="replace").replace("\0", "\ufffd")  # PostgreSQL takes no NUL
    return Outcome(began, _milliseconds_since(began, clock), status=answer.status, answer=text)


def render(body: Mapping[str, Any], link: Link | None, sign_link: LinkSigner) -> bytes:
    """Return the request body, with a newly signed URL of the file."""
    return orjson.dumps(body if link is None else {**body, "url": sign_link(link)})


def _milliseconds_since(moment: datetime, clock: Clock) -> int:
    return round((clock.now() - moment).total_seconds() * 1000)
