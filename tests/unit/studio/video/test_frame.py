"""Tests of the output size that follows from the options."""

import pytest

from providers.backend import GenerationType, JSONObject
from studio.video.output_size import Size, frame_size, requested_size

IMAGE, VIDEO, AVATAR = GenerationType.IMAGE, GenerationType.VIDEO, GenerationType.AVATAR


@pytest.mark.parametrize(
    ("kind", "options", "size"),
    [
        (IMAGE, {}, (1024, 1024)),
        (IMAGE, {"width": 640, "height": 480}, (640, 480)),
        (IMAGE, {"width": 640, "height": 480, "aspectRatio": "9:16"}, (640, 480)),
        (IMAGE, {"width": 640, "aspectRatio": "16:9"}, (640, 360)),
        (IMAGE, {"height": 360, "aspectRatio": "16:9"}, (640, 360)),
        (IMAGE, {"aspectRatio": "16:9"}, (1360, 768)),
        (IMAGE, {"aspectRatio": "9:16"}, (768, 1360)),
        (IMAGE, {"resolution": "2K", "aspectRatio": "16:9"}, (2048, 1152)),
        (VIDEO, {}, (1280, 720)),
        (VIDEO, {"resolution": "1080p"}, (1920, 1080)),
        (VIDEO, {"resolution": "480p", "aspectRatio": "9:16"}, (480, 853)),
        (VIDEO, {"resolution": "1280x720"}, (1280, 720)),
        (VIDEO, {"resolution": "4K"}, (4096, 2304)),
        (AVATAR, {}, (720, 720)),
        (VIDEO, {"width": True, "height": "720", "aspectRatio": "wide"}, (1280, 720)),
    ],
)
def test_the_options_determine_the_requested_size(kind: GenerationType, options: JSONObject, size: Size) -> None:
    assert requested_size(kind, options) == size


def test_without_an_aspect_ratio_that_of_the_source_is_used() -> None:
    assert requested_size(VIDEO, {}, source=(600, 900)) == (720, 1080)


def test_a_named_aspect_ratio_wins_over_the_source() -> None:
    assert requested_size(VIDEO, {"aspectRatio": "16:9"}, source=(600, 900)) == (1280, 720)


@pytest.mark.parametrize(
    ("kind", "requested", "used"),
    [
        (VIDEO, (1280, 720), (1280, 720)),
        (VIDEO, (3840, 2160), (1920, 1080)),
        (VIDEO, (480, 853), (480, 852)),
        (AVATAR, (1920, 1080), (1280, 720)),
        (IMAGE, (8192, 8192), (4096, 4096)),
        (IMAGE, (10, 10), (64, 64)),
        (IMAGE, (1001, 777), (1001, 777)),
    ],
)
def test_the_size_is_one_that_can_be_rendered(kind: GenerationType, requested: Size, used: Size) -> None:
    assert frame_size(kind, requested) == used
