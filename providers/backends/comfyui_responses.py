"""Reads the responses of a ComfyUI server: jobs, history entries, output files and rejected workflows. Pure."""

import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from kit.errors import DoitongError, InvalidInput, ProviderUnavailable
from kit.text import truncate_words
from providers.backend import JSON, GenerationType, Job, JSONObject, Output
from providers.backends.comfyui_workflow import Workflow

MAX_OUTPUTS = 32
OUTPUT_KEYS = ("images", "gifs", "videos", "video", "audio")
KINDS: Mapping[GenerationType, str] = {
    GenerationType.IMAGE: "image",
    GenerationType.VIDEO: "video",
    GenerationType.AVATAR: "video",
    GenerationType.AUDIO: "audio",
    GenerationType.MUSIC: "audio",
}
MEDIA_TYPES = {  # that some systems do not know
    ".webp": "image/webp",
    ".flac": "audio/flac",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".mov": "video/quicktime",
    ".mkv": "video/x-matroska",
}


@dataclass(frozen=True, slots=True)
class FoundJob:
    """A job in a response: its status, the outputs by node, and the error of its execution."""

    status: str
    outputs: JSONObject = field(default_factory=dict)
    error: JSONObject = field(default_factory=dict)


def from_job(job: JSONObject) -> FoundJob:
    """Read a response of `/api/jobs/{id}`."""
    return FoundJob(str(job.get("status")), as_object(job.get("outputs")), as_object(job.get("execution_error")))


def from_history(entry: JSONObject) -> FoundJob:
    """Read an entry of `/history/{id}`, for servers without `/api/jobs`."""
    status = as_object(entry.get("status"))
    messages = status.get("messages")
    events = {
        str(message[0]): as_object(message[1])
        for message in (messages if isinstance(messages, list) else ())
        if isinstance(message, list) and len(message) > 1
    }
    word = "completed"
    if status.get("status_str") == "error":
        word = "cancelled" if "execution_interrupted" in events else "failed"
    return FoundJob(word, as_object(entry.get("outputs")), events.get("execution_error", {}))


def outputs_of(type: GenerationType, outputs: JSONObject, nodes: Sequence[JSON], base_url: str) -> tuple[Output, ...]:
    """Return the files of the job's kind that these nodes saved, or all nodes if none are given."""
    kind = KINDS[type]
    items = [
        item
        for node, output in outputs.items()
        if not nodes or node in nodes
        for item in _items(as_object(output))
        if (media_type_of(item["filename"]) or "").startswith(f"{kind}/")
    ]
    saved = [item for item in items if item["type"] == "output"] or items  # rather than previews
    return tuple(
        Output(media_type_of(item["filename"]) or kind, url=f"{base_url}/view?{urlencode(item)}")
        for item in saved[:MAX_OUTPUTS]
    )


def rejection(title: str, job: Job, workflow: Workflow, body: JSONObject) -> DoitongError:
    """Return the error of a workflow that did not pass the server's validation."""
    for node, report in as_object(body.get("node_errors")).items():
        errors = as_object(report).get("errors")
        for error in errors if isinstance(errors, list) else ():
            name = as_object(as_object(error).get("extra_info")).get("input_name")
            parameter = workflow.parameter_of(node, str(name))
            if parameter is not None:
                words = truncate_words(str(as_object(error).get("message"))).rstrip(".")
                group = "input" if parameter in job.input else "options"
                return InvalidInput(f"{title} rejected {parameter}: {words}.", field=f"{group}.{parameter}")
    kind = truncate_words(str(as_object(body.get("error")).get("type") or "unknown error"))
    message = f"{title} rejected the workflow {workflow.name}.json itself ({kind}): try it in {title}."
    return ProviderUnavailable(message, retryable=False)


def _items(output: JSONObject) -> Iterator[dict[str, str]]:
    """Yield the file name, the subfolder and the type of each file of a node."""
    for key in OUTPUT_KEYS:
        items = output.get(key)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and isinstance(item.get("filename"), str):
                yield {
                    "filename": str(item["filename"]),
                    "subfolder": str(item.get("subfolder") or ""),
                    "type": str(item.get("type") or "output"),
                }


def media_type_of(name: str) -> str | None:
    """Return the media type of a file by its name."""
    return MEDIA_TYPES.get(Path(name).suffix.lower()) or mimetypes.guess_type(name)[0]


def as_object(value: JSON) -> JSONObject:
    """Return the value if it is an object, and an empty one otherwise."""
    return value if isinstance(value, dict) else {}
