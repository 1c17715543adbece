"""Avatar options: face, background and gesture, with an adjustment for each value that is not supported."""

from kit.errors import closest_match
from kit.text import truncate
from studio.head.appearance import Look, avatar_look, is_known_avatar
from studio.head.avatar_presets import PRESETS
from studio.head.backdrop import is_known_background
from studio.head.head_motion import is_known_gesture
from studio.render_task import Task


def select_look(task: Task) -> Look:
    """Return the look of the requested avatar; the same name always gets the same look."""
    avatar = task.text("avatarId")
    if avatar is not None and not is_known_avatar(avatar):
        meant = closest_match(avatar, tuple(PRESETS))
        hint = f"; did you mean {meant!r}?" if meant else ""
        reason = f"{truncate(avatar)} is not a known avatar: a face was generated from the name{hint}"
        task.report_option("avatarId", reason, used="generated face")
    return avatar_look(avatar, seed=task.request.seed)


def select_background(task: Task) -> str | None:
    """Return the requested background, with an adjustment if it is unknown."""
    background = task.text("background")
    if background is not None and not is_known_background(background):
        task.report_option(
            "background", f"{truncate(background)} is not a known background: a plain wall was drawn", used="plain"
        )
    return background


def select_gesture(task: Task) -> str | None:
    """Return the requested gesture, with an adjustment if it is unknown."""
    gesture = task.text("gesture")
    if gesture is not None and not is_known_gesture(gesture):
        task.report_option("gesture", f"{truncate(gesture)} is not a known gesture: the default movement was used")
    return gesture
