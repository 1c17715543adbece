"""The ComfyUI backend against emulators of a server of today and of an older one."""

import re
import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol
from uuid import UUID

import orjson
import pytest
from starlette.applications import Starlette

from kit.errors import GenerationFailed, InvalidInput, ProviderUnavailable
from providers.backend import (
    BackendState,
    GenerationType,
    Job,
    JSONObject,
    SubmissionLost,
    SubmissionRefused,
    UpstreamBusy,
)
from providers.backends.comfyui import (
    BASE_URL,
    DEFINITION,
    KEY,
    MAX_CONCURRENT_JOBS,
    WORKFLOWS,
    ComfyUIBackend,
    prompt_id_of,
)
from providers.backends.comfyui_workflow import load_workflow
from providers.settings import BackendContext
from tests.emulators.base import Scenario
from tests.emulators.comfyui import CHECKPOINT, ComfyUIEmulator
from tests.emulators.media import media_file
from tests.emulators.serving import EmulatorServer, until
from tests.support.asgi_server import free_socket
from tests.support.manual_clock import ManualClock

pytestmark = pytest.mark.anyio

DOCUMENTATION = Path(__file__).parents[4] / "docs/comfyui.md"
PNG = media_file("image.png")[1]
TOKEN = "proxy-token-1234"
PARAMETERS: JSONObject = {"text": "A red kite", "seed": 7, "width": 768, "height": 512}

TEXT_TO_IMAGE: JSONObject = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 1,
            "steps": 20,
            "cfg": 7,
            "denoise": 1,
            "sampler_name": "euler",
            "scheduler": "normal",
            "model": ["4", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": CHECKPOINT}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 1024, "height": 1024, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a sample", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "ComfyUI"}},
}
TEXT_TO_IMAGE_MAP = """
[inputs]
text = "6.inputs.text"
negativePrompt = "7.inputs.text"
seed = "3.inputs.seed"
width = "5.inputs.width"
height = "5.inputs.height"

[outputs]
nodes = ["9"]
"""
IMAGE_TO_IMAGE: JSONObject = {
    **TEXT_TO_IMAGE,
    "5": {"class_type": "VAEEncode", "inputs": {"pixels": ["10", 0], "vae": ["4", 2]}},
    "10": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
}
IMAGE_TO_IMAGE_MAP = """
[inputs]
text = "6.inputs.text"
seed = "3.inputs.seed"
image = "10.inputs.image"
"""
TWO_IMAGES: JSONObject = {**IMAGE_TO_IMAGE, "11": {"class_type": "LoadImage", "inputs": {"image": "example.png"}}}
TWO_IMAGES_MAP = IMAGE_TO_IMAGE_MAP.replace(
    'image = "10.inputs.image"', 'images = ["10.inputs.image", "11.inputs.image"]'
)
WITH_PREVIEW: JSONObject = {**TEXT_TO_IMAGE, "12": {"class_type": "PreviewImage", "inputs": {"images": ["8", 0]}}}
TEXT_ONLY_MAP = '[inputs]\ntext = "6.inputs.text"\n'
VIDEO: JSONObject = {
    **WITH_PREVIEW,
    "13": {"class_type": "SaveVideo", "inputs": {"images": ["8", 0], "filename_prefix": "video"}},
}


@pytest.fixture
def workflows(tmp_path: Path) -> Path:
    directory = tmp_path / "workflows"
    directory.mkdir()
    save_workflow(directory, "sdxl", TEXT_TO_IMAGE, TEXT_TO_IMAGE_MAP)
    save_workflow(directory, "redraw", IMAGE_TO_IMAGE, IMAGE_TO_IMAGE_MAP)
    save_workflow(directory, "merge", TWO_IMAGES, TWO_IMAGES_MAP)
    save_workflow(directory, "preview", WITH_PREVIEW, TEXT_ONLY_MAP)
    save_workflow(directory, "film", VIDEO, TEXT_ONLY_MAP)
    return directory


def save_workflow(directory: Path, name: str, graph: JSONObject, map: str) -> None:
    (directory / f"{name}.json").write_bytes(orjson.dumps(graph))
    (directory / f"{name}.toml").write_text(map)


class Connect(Protocol):
    def __call__(
        self, scenario: Scenario = Scenario.HAPPY, *, is_old: bool = False, key: str = "", sent_key: str | None = None
    ) -> AbstractAsyncContextManager[tuple[ComfyUIEmulator, ComfyUIBackend]]: ...


@pytest.fixture
def comfyui(server: EmulatorServer, workflows: Path) -> Connect:
    """Return a context of a new emulator and a backend that uses it."""

    @asynccontextmanager
    async def connect(
        scenario: Scenario = Scenario.HAPPY, *, is_old: bool = False, key: str = "", sent_key: str | None = None
    ) -> AsyncIterator[tuple[ComfyUIEmulator, ComfyUIBackend]]:
        emulator = ComfyUIEmulator(server.url, scenario=scenario, is_old=is_old, key=key)
        server.application = emulator.asgi()
        backend = backend_at(server.url, workflows, {KEY: key if sent_key is None else sent_key})
        try:
            yield emulator, backend
        finally:
            await backend.aclose()

    return connect


def backend_at(url: str, workflows: Path, settings: Mapping[str, str] | None = None) -> ComfyUIBackend:
    given = {BASE_URL: url, WORKFLOWS: str(workflows), **(settings or {})}
    backend = DEFINITION.create(BackendContext(given, ManualClock()))
    assert isinstance(backend, ComfyUIBackend)
    return backend


def a_job(
    workspace: Path,
    model: str | None = "sdxl",
    *,
    type: GenerationType = GenerationType.IMAGE,
    parameters: JSONObject = PARAMETERS,
    files: Mapping[str, bytes] | None = None,
) -> Job:
    """Return a job; `files` are contents of pictures by field name."""
    paths = {}
    for name, content in (files or {}).items():
        paths[name] = workspace / f"input-{name}.png"
        paths[name].write_bytes(content)
    return Job(
        id="gen_1",
        client_request_id="gen_1-1",
        type=type,
        provider="own",
        model=model,
        mode="text-to-image",
        input={"text": "A red kite"},
        options={},
        seed=7,
        workspace=workspace / "workspace",
        parameters=parameters,
        media_fields={name.partition(".")[0]: name.partition(".")[0] for name in paths},
        files=paths,
    )


def posted(emulator: ComfyUIEmulator, path: str = "/prompt") -> list[JSONObject]:
    """Return the bodies that were posted to a path."""
    requests = [request for request in emulator.requests if (request.method, request.path) == ("POST", path)]
    return [orjson.loads(request.body) for request in requests]


async def refusal(backend: ComfyUIBackend, job: Job) -> Exception:
    """Submit a job that is refused, and return the error."""
    with pytest.raises(SubmissionRefused) as refused:
        await backend.submit(job)
    return refused.value.error


@pytest.mark.parametrize("is_old", [False, True])
async def test_a_workflow_runs_with_the_values_of_the_request(comfyui: Connect, tmp_path: Path, is_old: bool) -> None:
    job = a_job(tmp_path)

    async with comfyui(is_old=is_old) as (emulator, backend):
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    [body] = posted(emulator)
    assert body.keys() == {"prompt", "prompt_id", "client_id"}
    assert body["prompt"] == {
        **TEXT_TO_IMAGE,
        "3": with_inputs("3", seed=7),
        "5": with_inputs("5", width=768, height=512),
        "6": with_inputs("6", text="A red kite"),
    }
    assert body["prompt_id"] == prompt_id_of(job) == str(UUID(prompt_id_of(job)))
    assert accepted.reference == {"prompt_id": prompt_id_of(job), "nodes": ["9"]}
    assert snapshot.state is BackendState.SUCCEEDED
    [output] = snapshot.outputs
    assert output.media_type == "image/png"
    assert output.path is not None
    assert output.path.read_bytes() == PNG
    assert emulator.purchases == {prompt_id_of(job): 1}


def with_inputs(node: str, **inputs: object) -> object:
    """Return a node of the sample workflow with other inputs."""
    value = TEXT_TO_IMAGE[node]
    assert isinstance(value, dict)
    assert isinstance(value["inputs"], dict)
    return {**value, "inputs": {**value["inputs"], **inputs}}


async def test_two_attempts_have_different_ids(tmp_path: Path) -> None:
    job = a_job(tmp_path)

    assert prompt_id_of(job) != prompt_id_of(replace(job, client_request_id="gen_1-2"))


async def test_an_input_picture_is_uploaded_for_its_node(comfyui: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, "redraw", parameters={"text": "A kite"}, files={"image": PNG})

    async with comfyui() as (emulator, backend):
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    [body] = posted(emulator)
    assert isinstance(body["prompt"], dict)
    assert body["prompt"]["10"] == {"class_type": "LoadImage", "inputs": {"image": "doitong/gen_1-1-image-0.png"}}
    assert emulator.uploads == {"doitong/gen_1-1-image-0.png": PNG}
    assert snapshot.state is BackendState.SUCCEEDED


async def test_several_pictures_go_to_their_nodes_in_order(comfyui: Connect, tmp_path: Path) -> None:
    other = media_file("image.jpg")[1]
    job = a_job(tmp_path, "merge", parameters={}, files={"images.0": PNG, "images.1": other})

    async with comfyui() as (emulator, backend):
        await backend.submit(job)

    [body] = posted(emulator)
    assert isinstance(body["prompt"], dict)
    names = [body["prompt"][node]["inputs"]["image"] for node in ("10", "11")]  # type: ignore[index,call-overload]
    assert [emulator.uploads[str(name)] for name in names] == [PNG, other]


@pytest.mark.parametrize(
    ("model", "files", "field"),
    [
        ("redraw", {}, "input.image"),
        ("merge", {"images.0": PNG}, "input.images"),
        ("merge", {f"images.{number}": PNG for number in range(3)}, "input.images"),
    ],
)
async def test_a_picture_that_the_workflow_needs_is_required(
    comfyui: Connect, tmp_path: Path, model: str, files: Mapping[str, bytes], field: str
) -> None:
    job = a_job(tmp_path, model, parameters={"text": "A kite"}, files=files)

    async with comfyui() as (emulator, backend):
        error = await refusal(backend, job)

    assert isinstance(error, InvalidInput)
    assert error.field == field
    assert emulator.requests == []


async def test_a_saved_file_counts_rather_than_a_preview(comfyui: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, "preview", parameters={})

    async with comfyui() as (emulator, backend):
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    assert len(snapshot.outputs) == 1
    [view] = [request.query for request in emulator.requests if request.path == "/view"][:1]
    assert view == "filename=ComfyUI_00009_.png&subfolder=2026&type=output"


async def test_of_a_workflow_that_saves_pictures_too_a_video_is_the_video(comfyui: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, "film", type=GenerationType.VIDEO, parameters={})

    async with comfyui() as (_, backend):
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    assert [output.media_type for output in snapshot.outputs] == ["video/mp4"]


async def test_a_workflow_that_saves_nothing_of_the_type_has_failed(comfyui: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, type=GenerationType.MUSIC)

    async with comfyui() as (_, backend):
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    assert snapshot.state is BackendState.FAILED
    assert isinstance(snapshot.error, GenerationFailed)
    assert snapshot.error.message == "The ComfyUI workflow saved no audio."


@pytest.mark.parametrize("is_old", [False, True])
@pytest.mark.parametrize("scenario", [Scenario.EMPTY_SUCCESS, Scenario.FAILED_LATER])
async def test_a_failure_is_reported(comfyui: Connect, tmp_path: Path, scenario: Scenario, is_old: bool) -> None:
    job = a_job(tmp_path)

    async with comfyui(scenario, is_old=is_old) as (_, backend):
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    assert snapshot.state is BackendState.FAILED
    assert isinstance(snapshot.error, GenerationFailed)
    if scenario is Scenario.FAILED_LATER:
        assert snapshot.error.message == "The ComfyUI workflow failed at its node KSampler."
        assert snapshot.diagnostics == {
            "node": "3",
            "type": "torch.OutOfMemoryError",
            "message": "Allocation on device",
        }


@pytest.mark.parametrize("is_old", [False, True])
async def test_a_job_is_queued_then_running_with_the_progress_of_the_socket(
    comfyui: Connect, tmp_path: Path, is_old: bool
) -> None:
    job = a_job(tmp_path)

    async with comfyui(Scenario.SLOW, is_old=is_old) as (emulator, backend):
        accepted = await backend.submit(job)
        await until(lambda: bool(emulator.sockets))
        queued = await backend.poll(job, accepted.reference)
        await backend.poll(job, accepted.reference)
        await until(lambda: backend.feed.get(prompt_id_of(job)) is not None)
        running = await backend.poll(job, accepted.reference)
        done = await backend.poll(job, accepted.reference)
        await backend.clean_up(job, accepted.reference)
        forgotten = backend.feed.get(prompt_id_of(job))

    assert queued.state is BackendState.QUEUED
    assert (running.state, running.progress) == (BackendState.RUNNING, 48)
    assert (done.state, done.progress) == (BackendState.SUCCEEDED, 100)
    assert forgotten is None


async def test_a_rejected_value_of_the_request_is_invalid(comfyui: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, parameters={**PARAMETERS, "width": 8})

    async with comfyui() as (emulator, backend):
        error = await refusal(backend, job)

    assert isinstance(error, InvalidInput)
    assert error.field == "options.width"
    assert error.message == "ComfyUI rejected width: Value 8 smaller than min of 16."
    assert not emulator.purchases


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (
            {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "missing"}},
            "prompt_outputs_failed_validation",
        ),
        ({"class_type": "NodeOfAnExtension", "inputs": {}}, "invalid_prompt"),
    ],
)
async def test_a_workflow_that_the_server_rejects_is_not_the_clients_fault(
    comfyui: Connect, workflows: Path, tmp_path: Path, node: JSONObject, reason: str
) -> None:
    save_workflow(workflows, "broken", {**TEXT_TO_IMAGE, "4": node}, TEXT_TO_IMAGE_MAP)

    async with comfyui() as (_, backend):
        error = await refusal(backend, a_job(tmp_path, "broken"))

    assert isinstance(error, ProviderUnavailable)
    assert error.extensions == {"retryable": False}
    assert error.message == f"ComfyUI rejected the workflow broken.json itself ({reason}): try it in ComfyUI."


async def test_a_parameter_without_an_input_is_a_mistake_of_the_operator(comfyui: Connect, tmp_path: Path) -> None:
    async with comfyui() as (emulator, backend):
        error = await refusal(backend, a_job(tmp_path, parameters={"style": "anime"}))

    assert isinstance(error, ProviderUnavailable)
    assert error.extensions == {"retryable": False}
    assert "sdxl.toml has no key inputs.style" in error.message
    assert emulator.requests == []


@pytest.mark.parametrize("is_old", [False, True])
async def test_a_job_whose_response_is_lost_is_found(comfyui: Connect, tmp_path: Path, is_old: bool) -> None:
    job = a_job(tmp_path)

    async with comfyui(Scenario.LOST_ANSWER, is_old=is_old) as (emulator, backend):
        with pytest.raises(SubmissionLost):
            await backend.submit(job)
        found = await backend.find_job(job)
        assert found is not None
        snapshot = await backend.poll(job, found.reference)

    assert found.reference == {"prompt_id": prompt_id_of(job), "nodes": ["9"]}
    assert snapshot.state is BackendState.SUCCEEDED
    assert emulator.purchases == {prompt_id_of(job): 1}


@pytest.mark.parametrize("is_old", [False, True])
async def test_a_job_that_was_not_taken_is_not_found_and_is_submitted_again(
    comfyui: Connect, tmp_path: Path, is_old: bool
) -> None:
    job = a_job(tmp_path)

    async with comfyui(Scenario.SERVER_ERROR_ONCE, is_old=is_old) as (emulator, backend):
        with pytest.raises(SubmissionLost):
            await backend.submit(job)
        assert await backend.find_job(job) is None
        await backend.submit(job)

    assert emulator.purchases == {prompt_id_of(job): 1}


async def test_a_job_cannot_be_looked_up_while_the_server_is_down(workflows: Path, tmp_path: Path) -> None:
    bound, url = free_socket()
    bound.close()
    backend = backend_at(url, workflows)

    with pytest.raises(ProviderUnavailable):
        await backend.find_job(a_job(tmp_path))
    assert isinstance(await refusal(backend, a_job(tmp_path)), ProviderUnavailable)
    await backend.aclose()


@pytest.mark.parametrize("is_old", [False, True])
async def test_a_job_that_a_restart_forgot_has_failed(comfyui: Connect, tmp_path: Path, is_old: bool) -> None:
    job = a_job(tmp_path)

    async with comfyui(Scenario.SLOW, is_old=is_old) as (emulator, backend):
        accepted = await backend.submit(job)
        emulator.restart()
        snapshot = await backend.poll(job, accepted.reference)

    assert snapshot.state is BackendState.FAILED
    assert isinstance(snapshot.error, GenerationFailed)
    assert "restarted" in snapshot.error.message


async def test_a_proxy_whose_server_is_gone_is_not_a_restarted_server(
    comfyui: Connect, server: EmulatorServer, tmp_path: Path
) -> None:
    job = a_job(tmp_path)

    async with comfyui() as (_, backend):
        accepted = await backend.submit(job)
        server.application = Starlette()  # 404 to everything
        with pytest.raises(ProviderUnavailable):
            await backend.poll(job, accepted.reference)


@pytest.mark.parametrize("is_old", [False, True])
@pytest.mark.parametrize("polls", [1, 2])
async def test_a_job_is_cancelled_whether_it_waits_or_runs(
    comfyui: Connect, tmp_path: Path, polls: int, is_old: bool
) -> None:
    job = a_job(tmp_path)

    async with comfyui(Scenario.SLOW, is_old=is_old) as (emulator, backend):
        accepted = await backend.submit(job)
        bought = emulator.jobs[prompt_id_of(job)]
        for _ in range(polls):
            await backend.poll(job, accepted.reference)
        await backend.cancel(job, accepted.reference)
        await backend.cancel(job, accepted.reference)
        snapshot = await backend.poll(job, accepted.reference)

    assert bought.is_cancelled
    assert snapshot.state is (BackendState.FAILED if polls == 1 else BackendState.CANCELLED)
    assert emulator.interrupted == ([prompt_id_of(job)] if is_old and polls == 2 else [])


async def test_on_an_old_server_the_job_of_another_is_not_interrupted(comfyui: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path)
    other = replace(job, client_request_id="gen_2-1")

    async with comfyui(Scenario.SLOW, is_old=True) as (emulator, backend):
        emulator.polls_when_slow = 10
        await backend.submit(other)
        for _ in range(2):
            await backend.poll(other, {"prompt_id": prompt_id_of(other)})
        accepted = await backend.submit(job)
        await backend.cancel(job, accepted.reference)

    assert emulator.interrupted == []
    assert list(emulator.jobs) == [prompt_id_of(other)]


@pytest.mark.parametrize("scenario", [Scenario.BUSY_ONCE, Scenario.UNAVAILABLE_ONCE])
async def test_a_busy_server_takes_the_job_later(comfyui: Connect, tmp_path: Path, scenario: Scenario) -> None:
    job = a_job(tmp_path)

    async with comfyui(scenario) as (emulator, backend):
        with pytest.raises(UpstreamBusy):
            await backend.submit(job)
        await backend.submit(job)

    assert emulator.purchases == {prompt_id_of(job): 1}


async def test_an_error_of_a_poll_is_not_the_end(comfyui: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path)

    async with comfyui(Scenario.POLL_ERROR_ONCE) as (_, backend):
        accepted = await backend.submit(job)
        with pytest.raises(ProviderUnavailable):
            await backend.poll(job, accepted.reference)
        snapshot = await backend.poll(job, accepted.reference)

    assert snapshot.state is BackendState.SUCCEEDED


async def test_an_output_that_is_unavailable_is_fetched_by_a_later_poll(comfyui: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path)

    async with comfyui(Scenario.OUTPUT_UNAVAILABLE_ONCE) as (_, backend):
        accepted = await backend.submit(job)
        with pytest.raises(ProviderUnavailable):
            await backend.poll(job, accepted.reference)
        snapshot = await backend.poll(job, accepted.reference)

    assert snapshot.outputs[0].path is not None


async def test_the_token_goes_to_every_path_of_the_server(comfyui: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, "redraw", parameters={"text": "A kite"}, files={"image": PNG})

    async with comfyui(key=TOKEN) as (emulator, backend):
        accepted = await backend.submit(job)
        await until(lambda: bool(emulator.sockets))
        snapshot = await backend.poll(job, accepted.reference)
        assert await backend.check_credentials()

    assert snapshot.state is BackendState.SUCCEEDED
    assert {request.headers.get("authorization") for request in emulator.requests} == {f"Bearer {TOKEN}"}


async def test_without_a_token_none_is_sent(comfyui: Connect, tmp_path: Path) -> None:
    async with comfyui() as (emulator, backend):
        await backend.submit(a_job(tmp_path))

    assert {"authorization" in request.headers for request in emulator.requests} == {False}


async def test_a_wrong_token_is_not_the_clients_fault(comfyui: Connect, tmp_path: Path) -> None:
    async with comfyui(key=TOKEN, sent_key="wrong-token-1234") as (_, backend):
        error = await refusal(backend, a_job(tmp_path))
        with pytest.raises(ProviderUnavailable, match="responded 401"):
            await backend.check_credentials()

    assert isinstance(error, ProviderUnavailable)
    assert error.extensions == {"retryable": False}
    assert "wrong-token-1234" not in error.message


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({BASE_URL: ""}, "DOITONG_COMFYUI_BASE_URL is not set"),
        ({WORKFLOWS: ""}, "DOITONG_COMFYUI_WORKFLOWS is not set"),
        ({WORKFLOWS: "/does/not/exist"}, "DOITONG_COMFYUI_WORKFLOWS is not a directory"),
        ({MAX_CONCURRENT_JOBS: "0"}, "DOITONG_COMFYUI_MAX_CONCURRENT_JOBS is not a positive number"),
        ({MAX_CONCURRENT_JOBS: "2"}, None),
    ],
)
async def test_what_is_missing_is_named(workflows: Path, settings: Mapping[str, str], missing: str | None) -> None:
    backend = backend_at("http://127.0.0.1:8188", workflows, settings)

    assert backend.unavailable_because() == missing
    assert backend.max_concurrent_jobs == (2 if missing is None else None)
    assert DEFINITION.create(BackendContext({}, ManualClock())).unavailable_because() is not None


async def test_callbacks_are_not_understood(workflows: Path, tmp_path: Path) -> None:
    backend = backend_at("http://127.0.0.1:8188", workflows)

    assert backend.takes_callbacks is False
    assert backend.parse_callback(a_job(tmp_path), None, headers={}, body=b"{}") is None


def test_the_map_in_the_documentation_fits_the_sample_workflow(tmp_path: Path) -> None:
    page = DOCUMENTATION.read_text()
    [map] = re.findall(r"^```toml\n(# \S+/sdxl\.toml\n.*?)^```$", page, re.MULTILINE | re.DOTALL)
    [provider] = re.findall(r"^```toml\n(# \S+/our-sdxl\.toml\n.*?)^```$", page, re.MULTILINE | re.DOTALL)
    save_workflow(tmp_path, "sdxl", TEXT_TO_IMAGE, map)

    workflow = load_workflow(tmp_path, "sdxl")

    [route] = tomllib.loads(provider)["routes"]
    assert route["model"] == workflow.name
    assert set(route["fields"].values()) == set(workflow.inputs)
    assert all(f"| `{setting.name}` |" in page for setting in DEFINITION.settings)
