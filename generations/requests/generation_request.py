"""A generation request as the client sent it, from any API."""

from dataclasses import dataclass

from generations.generation import Priority, Routing
from providers.backend import GenerationType, JSONObject
from webhooks.event import MessageFormat

AUTO = "auto"
"""The provider name that, like an omitted one, leaves the choice to the server."""


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """A request as the client sent it."""

    type: GenerationType
    input: JSONObject
    provider: str | None = None
    options: JSONObject | None = None
    priority: Priority = Priority.BALANCED
    webhook_url: str | None = None
    idempotency_key: str | None = None
    quote_id: str | None = None
    max_credits: int | None = None
    strict: bool = False
    """Reject values that would be adjusted."""
    retry_of: str | None = None
    """The failed generation that this one retries."""
    webhook_format: MessageFormat | None = None
    """The format of the messages to `webhook_url`; None for the format of this server's webhooks."""
    routing: Routing | None = None
    """The routes that may run it; None for all, in the order of the catalogue."""

    @property
    def named_provider(self) -> str | None:
        """The provider that the request names, or None if it leaves the choice to the server."""
        return None if self.provider is None or self.provider.lower() == AUTO else self.provider
