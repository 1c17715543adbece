"""Who is seen in an avatar's film, before what and with which gesture, and what is told where that cannot be had."""

from kit.text import truncate
from studio.head.backdrop import knows_background
from studio.head.look import Look, knows_avatar, look_for
from studio.head.motion import knows_gesture
from studio.render_task import Task


def chosen_look(task: Task) -> Look:
    """The face of the avatar that was asked for: a name always has the same one."""
    avatar = task.text("avatarId")
    if avatar is not None and not knows_avatar(avatar):
        reason = f"no local avatar is called {truncate(avatar)}: a face was drawn that the name always has"
        task.note_option("avatarId", reason, used="a face of its own")
    return look_for(avatar, seed=task.request.seed)


def chosen_background(task: Task) -> str | None:
    """What was asked to stand behind the head."""
    background = task.text("background")
    if background is not None and not knows_background(background):
        task.note_option(
            "background", f"{truncate(background)} is no background known here: a plain wall was drawn", used="plain"
        )
    return background


def chosen_gesture(task: Task) -> str | None:
    """The gesture that was asked for."""
    gesture = task.text("gesture")
    if gesture is not None and not knows_gesture(gesture):
        task.note_option(
            "gesture", f"{truncate(gesture)} is no gesture known here: the head moved as it does without one"
        )
    return gesture
