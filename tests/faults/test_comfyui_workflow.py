"""A provider of the operator's own on a ComfyUI server: workflows with and without an image, cancelled, restarted."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from generations.generation import Stage, Status
from generations.requests.cancel import cancel
from media.library import MediaLibrary
from tests.emulators.base import Scenario
from tests.emulators.media import media_file
from tests.emulators.serving import EmulatorServer, emulator_server
from tests.support.comfyui_workflows import comfyui_kit
from tests.support.upstream_trial import open_trial

pytestmark = pytest.mark.anyio

CREDITS = 100
PICTURE = f"data:image/png;base64,{base64.b64encode(media_file('image.png')[1]).decode()}"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[EmulatorServer]:
    async with emulator_server() as server:
        yield server


@pytest.mark.parametrize("image", [None, PICTURE], ids=["text to image", "image to image"])
@pytest.mark.parametrize("scenario", [Scenario.HAPPY, Scenario.SLOW, Scenario.LOST_ANSWER])
async def test_a_workflow_runs_once_to_its_picture(
    scenario: Scenario, image: str | None, server: EmulatorServer, upstream_library: MediaLibrary, tmp_path: Path
) -> None:
    async with open_trial(comfyui_kit(image=image), scenario, server, upstream_library, tmp_path) as trial:
        owner = await trial.use_cases.create_account(credits=CREDITS)
        ended = await trial.run(owner)

        assert (ended.status, ended.error) == (Status.COMPLETED, None)
        assert ended.outputs[0].media_type == "image/png"
        assert trial.emulator.purchases.total() == 1
        await trial.check_books()


async def test_a_running_workflow_shows_its_progress_survives_a_restart_and_is_cancelled(
    server: EmulatorServer, upstream_library: MediaLibrary, tmp_path: Path
) -> None:
    async with open_trial(comfyui_kit(), Scenario.SLOW, server, upstream_library, tmp_path) as trial:
        trial.emulator.polls_when_slow = 1000
        owner = await trial.use_cases.create_account(credits=CREDITS)
        accepted = await trial.use_cases.accept(owner, trial.kit.request)
        for _ in range(10):
            await trial.settle()
            trial.use_cases.clock.move(5)
        running = await trial.load(accepted.id)
        assert running.stage is Stage.RUNNING

        await trial.restart()
        await trial.settle()
        await cancel(trial.use_cases.services, owner, accepted.id)
        ended = await trial.finish(accepted.id)

        assert ended.status is Status.CANCELLED
        assert [job.is_cancelled for job in trial.emulator.jobs.values()] == [True]
        assert (await trial.use_cases.balance(owner)).available == CREDITS
        await trial.check_books()
