"""A row of the list: a generation with the fields of both APIs."""

from datetime import timedelta

from typing_extensions import TypedDict

from dialects.doitong.responses import GenerationFields, OutputBody, generation_body
from generations.generation import Generation, Status
from generations.output_urls import OutputUrls, SignedUrl, output_urls
from kit.timestamps import format_timestamp
from providers.catalogue.routes import request_mode


class _KubeezOutputFields(TypedDict):
    id: str
    media_type: str
    thumbnail_url: str | None
    optimized_url: str | None
    file_size: int
    cdn_ready: bool


class KubeezOutput(_KubeezOutputFields):
    """An output file in Kubeez's shape. `media_type` begins with image, video or audio."""

    url: str | None
    width: int | None
    height: int | None
    duration: float | None
    format: str


class _KubeezFields(TypedDict):
    model: str
    prompt: str | None
    generation_type: str
    created_at: str
    completed_at: str | None
    processing_time_ms: int | None
    credits_deducted: int | None
    error_message: str | None
    cdn_ready: bool
    result_url: str | None


class KubeezRow(_KubeezFields):
    """A generation in Kubeez's shape. `model` is the id of the provider."""

    id: str
    status: str
    outputs: list[KubeezOutput]


class RowOutput(OutputBody, _KubeezOutputFields):
    """An output file with the fields of both APIs."""


class ListRow(GenerationFields, _KubeezFields):
    """A generation with the fields of both APIs. `model`, as for Kubeez, is the same as `service`."""

    outputs: list[RowOutput]


def list_row(generation: Generation, signed_url: SignedUrl) -> ListRow:
    """Return the row of a generation."""
    outputs = output_urls(generation, signed_url)
    own, kubeez = generation_body(generation, outputs), kubeez_row(generation, outputs)
    both: list[RowOutput] = [{**ours, **theirs} for ours, theirs in zip(own["outputs"], kubeez["outputs"], strict=True)]
    return {**own, **kubeez, "outputs": both}


def kubeez_row(generation: Generation, outputs: list[OutputUrls]) -> KubeezRow:
    """Return a generation in Kubeez's shape; `outputs` are its own. The status words are Doitong's."""
    text, completed, ready = generation.input.get("text"), generation.completed_at, _is_ready(generation)
    return {
        "id": generation.id,
        "status": generation.status.lower(),
        "model": generation.provider,
        "prompt": text if isinstance(text, str) else None,
        "generation_type": request_mode(generation.type, generation.input),
        "created_at": format_timestamp(generation.created_at),
        "completed_at": None if completed is None else format_timestamp(completed),
        "processing_time_ms": (
            None if completed is None else (completed - generation.created_at) // timedelta(milliseconds=1)
        ),
        "credits_deducted": generation.credits_charged,
        "error_message": None if generation.error is None else generation.error.message,
        "cdn_ready": ready,
        "result_url": outputs[0].url if outputs else None,
        "outputs": [_kubeez_output(generation, index, urls) for index, urls in enumerate(outputs)],
    }


def _is_ready(generation: Generation) -> bool:
    return generation.status is Status.COMPLETED


def _kubeez_output(generation: Generation, index: int, urls: OutputUrls) -> KubeezOutput:
    output = urls.output
    return {
        # As in inputs: the first output is the generation's id, the others have their number.
        "id": generation.id if index == 0 else f"{generation.id}.{index + 1}",
        "media_type": output.media_type,
        "url": urls.url,
        "thumbnail_url": urls.thumbnail_url,
        "optimized_url": urls.optimized_url,
        "width": output.width,
        "height": output.height,
        "duration": output.duration,
        "format": output.format,
        "file_size": output.bytes,
        "cdn_ready": _is_ready(generation),
    }
