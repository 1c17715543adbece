"""The tools: names, texts, arguments, results and what they do."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter

from dialects.kubeez import operations
from dialects.kubeez.mcp import tool_inputs
from dialects.kubeez.models import Models, list_models
from dialects.kubeez.operations import Balance, Cancelled, CostEstimate, Kind
from dialects.kubeez.responses import (
    AnyStatus,
    MediaStatus,
    MusicStatus,
    Started,
    StartedAds,
    any_status,
    generation_row,
    music_status,
)
from generations.generation import Generation
from generations.queries import follow
from kit.timestamps import format_timestamp
from web.json_api import Call

POLL = (
    "Read the status every 2 to 5 seconds until it is completed or failed, or pass wait_seconds. Give up after 10 "
    "minutes for images and 30 for everything else, tell the user that it took too long, and give them the id."
)
CHECK_PRICE_FIRST = "Before it, check get_balance and estimate_generation_cost, and tell the user the price."
REUSE_KEY = "When you repeat a call for the same request, pass the same idempotency_key: nothing is charged twice."
ANSWERS_AT_ONCE = "Answers at once with a generation_id; the result follows."

I = TypeVar("I", bound=BaseModel)  # noqa: E741 - the input


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool. `report_progress` takes the percentage and what is being done."""

    call: Call
    base_url: str
    report_progress: Callable[[int, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Tool(Generic[I]):
    """A tool. One that `reads` counts as a read."""

    name: str
    title: str
    description: str
    input: type[I]
    output: Any
    run: Callable[[ToolCall, I], Awaitable[Mapping[str, Any]]]
    reads: bool = False
    is_destructive: bool = False
    is_idempotent: bool = False

    def input_schema(self) -> dict[str, Any]:
        return self.input.model_json_schema()

    def output_schema(self) -> dict[str, Any]:
        return TypeAdapter(self.output).json_schema(mode="serialization")


async def get_models(tool_call: ToolCall, given: tool_inputs.ModelsInput) -> Models:
    return list_models(tool_call.call, given.model_type)


async def get_balance(tool_call: ToolCall, _: tool_inputs.NoInput) -> Balance:
    return await operations.get_balance(tool_call.call, base_url=tool_call.base_url)


async def estimate_generation_cost(tool_call: ToolCall, given: tool_inputs.EstimateInput) -> CostEstimate:
    estimate = await operations.estimate_cost(tool_call.call, given, prompt=given.prompt)
    available = await operations.available_credits(tool_call.call)
    enough = available >= estimate.credit_cost
    return {
        "model": estimate.provider,
        "estimated_cost_credits": estimate.credit_cost,
        "estimated_time_seconds": estimate.estimated_time,
        "credits_available": available,
        "sufficient_credits": enough,
        "valid_until": format_timestamp(estimate.valid_until),
        "message": "The credits suffice." if enough else "The credits do not suffice: tell the user to add credits.",
    }


async def generate_media(tool_call: ToolCall, given: tool_inputs.GenerateMediaInput) -> Started:
    return await _announced(
        tool_call, await operations.generate_media(tool_call.call, given, key=given.idempotency_key)
    )


async def generate_music(tool_call: ToolCall, given: tool_inputs.GenerateMusicInput) -> Started:
    return await _announced(
        tool_call, await operations.generate_music(tool_call.call, given, key=given.idempotency_key)
    )


async def generate_dialogue(tool_call: ToolCall, given: tool_inputs.GenerateDialogueInput) -> Started:
    return await _announced(
        tool_call, await operations.generate_dialogue(tool_call.call, given, key=given.idempotency_key)
    )


async def create_ad_copy(tool_call: ToolCall, given: tool_inputs.CreateAdCopyInput) -> StartedAds:
    started = await operations.create_ad_copy(tool_call.call, given, key=given.idempotency_key)
    await tool_call.report_progress(0, started["status"])
    return started


async def get_generation_status(tool_call: ToolCall, given: tool_inputs.StatusInput) -> MediaStatus:
    return generation_row(await _current(tool_call, given, "media"), tool_call.call.sign_url)


async def get_music_status(tool_call: ToolCall, given: tool_inputs.StatusInput) -> MusicStatus:
    return music_status(await _current(tool_call, given, "music"), tool_call.call.sign_url)


async def get_status(tool_call: ToolCall, given: tool_inputs.AnyStatusInput) -> AnyStatus:
    return any_status(await _current(tool_call, given, given.kind), tool_call.call.sign_url)


async def cancel_generation(tool_call: ToolCall, given: tool_inputs.IdInput) -> Cancelled:
    return await operations.cancel_generation(tool_call.call, given.id)


async def _announced(tool_call: ToolCall, started: Started) -> Started:
    await tool_call.report_progress(0, started["status"])
    return started


async def _current(tool_call: ToolCall, given: tool_inputs.StatusInput, kind: Kind | None) -> Generation:
    """Return the generation, after waiting for its end if asked, and report its progress meanwhile."""
    call = tool_call.call
    latest = await operations.find(call, given.id, kind)
    await _report_progress(tool_call, latest)
    if not given.wait_seconds or latest.is_over:
        return latest
    try:
        async with (
            call.services.shutdown_timeouts.timeout(given.wait_seconds),
            aclosing(follow(call.services, call.principal, latest.id, after=latest.version)) as states,
        ):
            async for state in states:
                latest = state
                await _report_progress(tool_call, state)
    except TimeoutError:
        pass
    return latest


async def _report_progress(tool_call: ToolCall, generation: Generation) -> None:
    await tool_call.report_progress(100 if generation.is_over else generation.progress, generation.stage.lower())


TOOLS: tuple[Tool[Any], ...] = (
    Tool(
        "get_models",
        "List models",
        "List the models with their price in credits, typical time, generation types and capabilities. Only these "
        "model ids are valid. Choose one that is available.",
        tool_inputs.ModelsInput,
        Models,
        get_models,
        reads=True,
        is_idempotent=True,
    ),
    Tool(
        "get_balance",
        "Read the balance",
        "Return the available credits. Check it before you generate anything.",
        tool_inputs.NoInput,
        Balance,
        get_balance,
        reads=True,
        is_idempotent=True,
    ),
    Tool(
        "estimate_generation_cost",
        "Estimate the cost",
        "Return the price and the time of a generation without starting it, and whether the credits suffice. Takes the "
        "fields of generate_media; for music and speech, the model alone.",
        tool_inputs.EstimateInput,
        CostEstimate,
        estimate_generation_cost,
        reads=True,
        is_idempotent=True,
    ),
    Tool(
        "generate_media",
        "Generate an image or a video",
        f"Start an image, a video or a talking avatar. {CHECK_PRICE_FIRST} {ANSWERS_AT_ONCE} "
        f"Follow it with get_generation_status. {POLL} {REUSE_KEY}",
        tool_inputs.GenerateMediaInput,
        Started,
        generate_media,
    ),
    Tool(
        "get_generation_status",
        "Read the status of media",
        f"Return the status of an image, a video, an avatar, speech or an ad, and its outputs with their URLs once it "
        f"is completed. {POLL} A failed one was not charged: read error_message before you try again.",
        tool_inputs.StatusInput,
        MediaStatus,
        get_generation_status,
        reads=True,
        is_idempotent=True,
    ),
    Tool(
        "generate_music",
        "Generate music",
        "Start a song: from a prompt of up to 400 characters, with a style if you like; or from a title, a style and "
        "either lyrics or song_description. "
        f"{CHECK_PRICE_FIRST} {ANSWERS_AT_ONCE} Follow it with get_music_status. {POLL} {REUSE_KEY}",
        tool_inputs.GenerateMusicInput,
        Started,
        generate_music,
    ),
    Tool(
        "get_music_status",
        "Read the status of music",
        f"Return the status of music, and its songs with audio_url, title, lyrics and image_url once it is completed. "
        f"{POLL}",
        tool_inputs.StatusInput,
        MusicStatus,
        get_music_status,
        reads=True,
        is_idempotent=True,
    ),
    Tool(
        "generate_dialogue",
        "Generate speech",
        f"Start speech from lines of text, with one voice. {CHECK_PRICE_FIRST} {ANSWERS_AT_ONCE} "
        f"Follow it with get_generation_status. {POLL} {REUSE_KEY}",
        tool_inputs.GenerateDialogueInput,
        Started,
        generate_dialogue,
    ),
    Tool(
        "create_ad_copy",
        "Create variants of an ad",
        "Start variants of an ad in the look of a reference ad, for a product given as product_image_url or "
        f"product_text. Each variant is one generation with its own price. {CHECK_PRICE_FIRST} Answers at once with "
        f"generation_ids; read each with get_generation_status. {POLL} {REUSE_KEY}",
        tool_inputs.CreateAdCopyInput,
        StartedAds,
        create_ad_copy,
    ),
    Tool(
        "get_status",
        "Read the status of anything",
        f"Return the status of any generation: outputs for media, songs for music. {POLL}",
        tool_inputs.AnyStatusInput,
        AnyStatus,
        get_status,
        reads=True,
        is_idempotent=True,
    ),
    Tool(
        "cancel_generation",
        "Cancel a generation",
        "Cancel a running generation and release its credits. It reads as failed with the code CANCELLED afterwards. "
        "One that has ended stays as it is.",
        tool_inputs.IdInput,
        Cancelled,
        cancel_generation,
        is_destructive=True,
        is_idempotent=True,
    ),
)
