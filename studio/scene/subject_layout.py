"""Placement of the subjects of a prompt: position, size and drawing order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from studio.scene.brushes import box, fill, soft
from studio.scene.pen import Pen
from studio.scene.places.place_registry import PLACES
from studio.scene.places.seas_and_lakes import draw_islet, draw_strand
from studio.scene.places.space import draw_moonscape
from studio.scene.render_context import SceneCanvas
from studio.scene.subject import Subject
from studio.scene.subjects.costumes import put_on, seat
from studio.scene.subjects.palette import Paints
from studio.scene.subjects.subject_registry import SUBJECTS, Stance, SubjectSpec

_OPEN_WATER_PLACES = frozenset({"sea", "lake", "beach", "island"})


@dataclass(frozen=True, slots=True)
class Placed:
    """A positioned subject: `x` and `y` of its base point and its height, in pixels."""

    wanted: Subject
    role: SubjectSpec
    x: float
    y: float
    height: float
    mirrored: bool


def draw_place_and_subjects(stage: SceneCanvas) -> None:
    """Draw the foreground of the place and all subjects."""
    cast = list(_arrange(stage))
    PLACES[stage.place].front(stage)
    _add_footing(stage, cast)
    for placed in sorted(cast, key=lambda one: (one.role.stance is not Stance.FLY, one.y)):
        draw_placed(stage, placed)


def draw_subjects(stage: SceneCanvas) -> None:
    """Draw all subjects without the ground."""
    for placed in _arrange(stage):
        draw_placed(stage, placed)


def _add_footing(stage: SceneCanvas, cast: list[Placed]) -> None:
    """Add water for floating subjects and ground for standing ones where the place has none."""
    stances = {placed.role.stance for placed in cast}
    has_water = stage.place in _OPEN_WATER_PLACES or stage.place in ("underwater", "space", "abstract")
    if stances & {Stance.FLOAT, Stance.SWIM} and not has_water and stage.place not in ("room", "table"):
        draw_strand(stage)
    standing = [placed for placed in cast if placed.role.stance is Stance.STAND]
    if stage.place == "space" and standing:
        draw_moonscape(stage)
    if stage.place in ("sea", "lake"):
        for placed in standing:
            draw_islet(stage, placed.x, placed.y, width=placed.height * max(1.1, placed.role.breadth * 1.5))


def _arrange(stage: SceneCanvas) -> Iterator[Placed]:
    """Yield every requested subject with its count: large ones in a back row, the others in front."""
    if "subjects" in stage.description.excluded:
        return
    requested = [wanted for wanted in stage.description.subjects for _ in range(wanted.count)]
    behind = [wanted for wanted in requested if SUBJECTS[wanted.name].behind]
    in_front = [wanted for wanted in requested if not SUBJECTS[wanted.name].behind]
    yield from _place_row(stage, "behind", behind, back=bool(in_front))
    yield from _place_row(stage, "before", in_front, back=False)


def _place_row(stage: SceneCanvas, name: str, row: Sequence[Subject], *, back: bool) -> Iterator[Placed]:
    """Place subjects side by side in a seeded random order; a back row is slightly higher."""
    random, count = stage.random(name), len(row)
    among_large = any(SUBJECTS[wanted.name].beside == 1.0 for wanted in stage.description.subjects)
    if count == 0:
        return
    reach = min(stage.width * 0.34, stage.unit * (0.12 + 0.09 * count))
    offset_if_single = random.uniform(0.5, 1.0) * random.choice((-1, 1)) if back else random.uniform(-0.4, 0.4)
    shares = np.linspace(-1, 1, count) if count > 1 else np.array([offset_if_single])
    scale = 1.0 if count == 1 else max(0.42, 1.04 - 0.13 * (count - 1))
    for share, index in zip(shares.tolist(), random.permutation(count).tolist(), strict=True):
        wanted, role = row[index], SUBJECTS[row[index].name]
        height = stage.unit * role.height * scale * wanted.size * random.uniform(0.94, 1.06)
        height *= role.beside if among_large else 1.0
        room = stage.width * 0.9 / max(role.breadth, 0.3) / (1 if count == 1 else count * 0.72)
        height = min(height, room, stage.height * 0.8)
        edge = min(stage.width / 2, height * role.breadth * 0.54 + stage.unit * 0.02)
        x = stage.width / 2 + share * reach + random.normal(0, 0.015) * stage.unit
        y = _base_y(stage, role, random, height=height, crowd=count) - (stage.unit * 0.05 if back else 0.0)
        yield Placed(wanted, role, min(max(x, edge), stage.width - edge), y, height, bool(random.random() < 0.5))


def _base_y(stage: SceneCanvas, role: SubjectSpec, random: np.random.Generator, *, height: float, crowd: int) -> float:
    place = PLACES[stage.place]
    jitter = random.uniform(-0.5, 0.5) * stage.unit * (0.02 if crowd == 1 else 0.09)
    weightless = stage.place in ("space", "underwater", "abstract")
    if role.stance is Stance.FLY or (weightless and role.stance in (Stance.SWIM, Stance.FLOAT)):
        middle = stage.height * random.uniform(0.3, 0.46 if not weightless else 0.56)
        return min(max(middle + height / 2 + jitter * 2, height * 1.05), stage.height * 0.9)
    if role.stance in (Stance.FLOAT, Stance.SWIM):
        return stage.height * (place.afloat or 0.92) + jitter * 0.6
    lowered = 0.0 if stage.place != "abstract" else stage.height * 0.04
    return stage.height * place.footing + abs(jitter) * (0.5 if crowd == 1 else 1.0) + lowered


def draw_placed(stage: SceneCanvas, placed: Placed) -> None:
    """Draw one subject with its shadow or reflection."""
    paints = Paints(stage.light, placed.wanted.colour, chance=stage.random(f"{placed.wanted.name} {placed.x}").random())
    afloat = placed.role.stance in (Stance.FLOAT, Stance.SWIM) and stage.place in _OPEN_WATER_PLACES
    if afloat:
        _draw_reflection(stage, placed, paints)
    elif placed.role.stance is Stance.STAND and stage.place not in ("sea", "lake"):
        half = placed.height * placed.role.breadth * 0.52
        thickness = max(1.0, min(half * 0.16, placed.height * 0.07))
        oval = box(placed.x - half, placed.y - thickness, placed.x + half, placed.y + thickness)
        stage.canvas.drawOval(oval, soft(fill((10, 12, 30), 0.34), thickness))
    with Pen(stage.canvas, placed.x, placed.y, height=placed.height, mirrored=_is_mirrored(placed)) as pen:
        _draw_with_attachments(stage, pen, placed, paints)


def _draw_with_attachments(stage: SceneCanvas, pen: Pen, placed: Placed, paints: Paints) -> None:
    """Draw the subject with its worn item and its rider."""
    wanted = placed.wanted
    placed.role.draw(pen, paints)
    if worn := wanted.worn:
        own = Paints(stage.light, worn.colour, chance=paints.chance)
        put_on(pen, own, name=worn.name, wearer=wanted.name, draw=SUBJECTS[worn.name].draw)
    if rider := wanted.rider:
        own = Paints(stage.light, rider.colour, chance=paints.chance)
        seat(pen, own, name=rider.name, mount=wanted.name, draw=SUBJECTS[rider.name].draw)


def _is_mirrored(placed: Placed) -> bool:
    return placed.mirrored and placed.role.turns


def _draw_reflection(stage: SceneCanvas, placed: Placed, paints: Paints) -> None:
    """Draw a faint, shortened mirror image of the subject on the water below it."""
    canvas, half = stage.canvas, placed.height * max(placed.role.breadth, 0.6)
    bounds = box(placed.x - half, placed.y, placed.x + half, placed.y + placed.height)
    canvas.saveLayerAlpha(bounds, 70)
    canvas.translate(0, placed.y)
    canvas.scale(1, -0.6)
    canvas.translate(0, -placed.y)
    with Pen(canvas, placed.x, placed.y, height=placed.height, mirrored=_is_mirrored(placed)) as pen:
        _draw_with_attachments(stage, pen, placed, paints)
    canvas.restore()
