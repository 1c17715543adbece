"""Access to the request of a render, and the adjustments that it records."""

from pathlib import Path

import pytest
from PIL import Image

from kit.errors import InvalidInput
from providers.backend import Adjustment, GenerationType, JSONObject
from studio.render_task import Task, WorkerDirectories, load_picture
from studio.request import RenderRequest
from tests.support import icc_profiles


def a_task(options: JSONObject, *, content: JSONObject | None = None, files: dict[str, Path] | None = None) -> Task:
    here = Path()
    request = RenderRequest(
        id="gen_1", type=GenerationType.VIDEO, input=content or {}, options=options, seed=1, files=files or {}
    )
    directories = WorkerDirectories(directory=here, voices=here, cache=here)
    return Task(request, here, directories=directories, report=lambda share: None)


def test_an_option_that_was_not_read_is_noted() -> None:
    task = a_task({"quality": "high", "mode": None, "seed": 4, "silent": True})

    assert task.flag("silent")
    assert task.adjustments == (Adjustment("quality is not simulated", "options.quality", requested="high"),)


def test_a_file_that_was_not_read_is_noted() -> None:
    task = a_task({}, files={"audio": Path("a.wav")})

    assert task.adjustments == (Adjustment("input.audio is not simulated", "input.audio"),)


def test_a_number_outside_the_limits_is_clamped_and_noted() -> None:
    task = a_task({"duration": 90})

    assert task.number("duration", 5, minimum=1, maximum=60) == 60
    assert task.adjustments == (
        Adjustment("duration 90 was rendered as 60", "options.duration", requested=90, used=60),
    )


@pytest.mark.parametrize("given", [None, True, "10"])
def test_a_value_that_is_not_a_number_becomes_the_default(given: str | bool | None) -> None:
    assert a_task({"duration": given}).number("duration", 5, minimum=1, maximum=60) == 5


def test_an_unknown_word_becomes_the_default_and_is_noted() -> None:
    task = a_task({"motionIntensity": "Extreme"})

    assert task.choice("motionIntensity", "medium", ("low", "medium", "high")) == "medium"
    reason = "motionIntensity extreme was rendered as medium"
    assert task.adjustments == (Adjustment(reason, "options.motionIntensity", requested="Extreme", used="medium"),)


def test_a_size_that_is_too_large_is_reduced_and_noted() -> None:
    task = a_task({"resolution": "4K"})

    assert task.size() == (1920, 1080)
    reason = "4096x2304 was rendered as 1920x1080"
    assert task.adjustments == (Adjustment(reason, "options.resolution", requested="4096x2304", used="1920x1080"),)


def test_a_size_that_is_only_rounded_to_even_is_not_noted() -> None:
    task = a_task({"resolution": "480p", "aspectRatio": "9:16"})

    assert task.size() == (480, 852)
    assert task.adjustments == ()


def test_the_prompt_includes_the_style() -> None:
    assert a_task({"style": "noir"}, content={"text": "a fox"}).prompt() == "a fox, noir"


def test_options_take_precedence_over_the_input() -> None:
    task = a_task({"voice": "rachel"}, content={"voice": "adam", "avatarId": "kate"})

    assert (task.text("voice"), task.text("avatarId"), task.text("background")) == ("rachel", "kate", None)


def test_speech_requires_a_text() -> None:
    with pytest.raises(InvalidInput) as raised:
        a_task({}, content={"text": "  "}).speech_text()

    assert raised.value.extensions["field"] == "input.text"


def test_an_input_picture_with_a_profile_is_read_in_srgb(tmp_path: Path) -> None:
    Image.new("RGB", (2, 2), (200, 100, 50)).save(tmp_path / "a.png", icc_profile=icc_profiles.display_p3())

    pixels = load_picture(tmp_path / "a.png")

    assert pixels[0, 0].tolist() == pytest.approx([215, 93, 31], abs=1)
