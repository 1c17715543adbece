"""The webhook event of a change of a generation, and the callback of a generation of the APIXO API."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from generations.apixo_task_status import envelope, task_status
from generations.generation import Generation, Status
from generations.generation_payload import generation_body
from kit.timestamps import format_timestamp
from webhooks.event import Event, EventType, LinkedFile, MessageFormat

TYPES = {
    Status.PROCESSING: EventType.GENERATION_PROGRESS,
    Status.COMPLETED: EventType.GENERATION_COMPLETED,
    Status.FAILED: EventType.GENERATION_FAILED,
    Status.CANCELLED: EventType.GENERATION_CANCELLED,
}


def message_id_of(generation_id: str, version: int) -> str:
    """Return the webhook-id of a version of a generation."""
    return f"msg_{generation_id.removeprefix('gen_')}_{version}"


def webhook_event(changed: Generation, *, at: datetime) -> Event:
    """Return the event that reports the generation at its current version."""
    type = TYPES[changed.status]
    output = changed.outputs[0] if changed.outputs else None
    body = generation_body(
        type.value,
        id=changed.id,
        status=changed.status,
        url=None,
        service=changed.provider,
        created_at=format_timestamp(changed.created_at),
        completed_at=None if changed.completed_at is None else format_timestamp(changed.completed_at),
        dimensions={name: getattr(output, name, None) for name in ("duration", "width", "height")},
        credit_cost=changed.credit_cost,
        error=None if changed.error is None else asdict(changed.error),
        progress=changed.progress,
        version=changed.version,
    )
    return Event(
        type=type,
        message_id=message_id_of(changed.id, changed.version),
        account_id=changed.account_id,
        test_mode=changed.test_mode,
        at=at,
        body=body,
        link=next(output_links(changed), None),
        generation_id=changed.id,
    )


def apixo_callback_event(changed: Generation, *, at: datetime) -> Event:
    """Return the event with the body of an APIXO callback; the URLs of the results are added when it is sent."""
    return Event(
        type=TYPES[changed.status],
        message_id=message_id_of(changed.id, changed.version),
        account_id=changed.account_id,
        test_mode=changed.test_mode,
        at=at,
        body=envelope(task_status(changed)),
        links=tuple(output_links(changed)),
        generation_id=changed.id,
        format=MessageFormat.APIXO,
    )


def output_links(changed: Generation) -> Iterator[LinkedFile]:
    """Return the files that were asked for, in order."""
    if changed.expires_at is None:
        return
    for index, output in enumerate(changed.outputs):
        name = changed.id if index == 0 else f"{changed.id}-{index + 1}"
        if output.is_result:
            yield LinkedFile(output.key, f"{name}.{output.format}", changed.expires_at)
