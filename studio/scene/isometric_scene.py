"""Isometric scenes: one tile of a place with solid models, and flat drawings for all other subjects."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from studio.scene.brushes import box, down, fill, soft
from studio.scene.colour import WHITE, Colour, mix, rgb, shade
from studio.scene.isometric_models import (
    Drawable,
    draw_buildings,
    draw_castle,
    draw_church,
    draw_furniture,
    draw_house,
    draw_palm,
    draw_peak,
    draw_pyramid,
    draw_tower,
)
from studio.scene.isometric_solids import Model
from studio.scene.render_context import SceneCanvas
from studio.scene.subject import Subject
from studio.scene.subject_layout import Placed, draw_placed
from studio.scene.subjects.subject_registry import SUBJECTS

HALF = 4.0  # units from the centre of a tile to its edge
_WATER: Colour = rgb("#3fa4cf")
_SOIL: Colour = rgb("#8a6244")
_GROUND_COLOURS: Mapping[str, Colour] = MappingProxyType(
    {
        "city": rgb("#8d929e"), "street": rgb("#a8b088"), "desert": rgb("#ecc883"), "beach": rgb("#f0d9a4"),
        "sea": _WATER, "underwater": _WATER, "island": _WATER, "room": rgb("#c8935e"), "windowsill": rgb("#c8935e"),
        "table": rgb("#b57f50"), "snowfield": rgb("#eef4fa"), "space": rgb("#a7a3b8"), "volcano": rgb("#584850"),
        "abstract": rgb("#b9a7e0"),
    }
)  # fmt: skip
_SOLID_MODELS: Mapping[str, Callable[[Model, float, float, Colour | None], None]] = MappingProxyType(
    {
        "house": draw_house, "castle": draw_castle, "church": draw_church, "tower": draw_tower,
        "lighthouse": draw_tower, "temple": draw_church, "pyramid": draw_pyramid,
    }
)  # fmt: skip
_WOODED = frozenset({"forest", "field", "garden", "mountain", "lake", "street", "snowfield", "abstract"})


def draw_isometric_back(stage: SceneCanvas) -> None:
    """Draw the plain backdrop and the shadow of the tile."""
    light = stage.light
    whitening = 0.5 if not light.dark else 0.08
    tones = (
        mix(light.middle, WHITE, whitening),
        mix(light.horizon, WHITE, whitening),
        mix(light.haze, WHITE, whitening * 0.6),
    )
    stage.canvas.drawPaint(down(0, stage.height, tones))
    model = _model(stage)
    x, y = model.at(0, 0, -1.3)
    wide, tall = HALF * 1.75 * model.scale, HALF * 0.95 * model.scale
    oval = box(x - wide, y - tall, x + wide, y + tall)
    stage.canvas.drawOval(oval, soft(fill((12, 12, 40), 0.3), model.scale * 0.9))


def draw_isometric_front(stage: SceneCanvas) -> None:
    """Draw the tile and everything on it, from the far corner to the near one."""
    model = _model(stage)
    ground = _GROUND_COLOURS.get(stage.place, stage.grass)
    soil = shade(ground, -0.3) if stage.place in ("city", "room", "table", "sea", "underwater", "space") else _SOIL
    model.block(-HALF, -HALF, (2 * HALF, 2 * HALF, 0.9), soil, z=-1.1)
    model.block(-HALF, -HALF, (2 * HALF, 2 * HALF, 0.2), ground, z=-0.2)
    _draw_surface(model)
    solid = [
        wanted
        for wanted in stage.description.subjects
        if wanted.name in _SOLID_MODELS and not stage.description.lacks("subjects")
    ]
    others = [
        wanted
        for wanted in stage.description.subjects
        if wanted.name not in _SOLID_MODELS and not _is_scenery(stage, wanted)
    ]
    drawables = [*_scenery(model, busy=bool(solid or others)), *_solid_subjects(model, solid)]
    for _, draw in sorted(drawables, key=lambda drawable: drawable[0]):
        draw()
    _draw_flat_subjects(model, others, crowded=bool(solid))


def _is_scenery(stage: SceneCanvas, wanted: Subject) -> bool:
    """Return whether the subject is a tree that the place already contains."""
    return (wanted.name in ("tree", "pine") and stage.place in _WOODED) or (wanted.name, stage.place) == (
        "palm",
        "island",
    )


def _model(stage: SceneCanvas) -> Model:
    scale = min(stage.width * 0.9 / (2 * HALF * 1.732), stage.height * 0.84 / (2 * HALF + 4.4))
    return Model(stage, stage.width / 2, stage.height * 0.52 + scale * 0.7, scale)


def _draw_surface(model: Model) -> None:
    """Draw flat surface details: water, roads, sand, a rug."""
    stage, lit = model.stage, model.stage.light.on
    match stage.place:
        case "city" | "street":
            road = lit(rgb("#565b68"))
            lanes = ((-0.6, 0.6),) if stage.place == "street" else ((-2.15, -1.45), (1.45, 2.15))
            for low, high in lanes:
                model.face([(low, -HALF, 0), (high, -HALF, 0), (high, HALF, 0), (low, HALF, 0)], road)
                if stage.place == "city":
                    model.face([(-HALF, low, 0), (HALF, low, 0), (HALF, high, 0), (-HALF, high, 0)], road)
                for dash in range(-7, 8, 2):
                    middle, start = (low + high) / 2, dash / 2
                    model.face([(middle - 0.04, start, 0), (middle + 0.04, start, 0), (middle + 0.04, start + 0.5, 0),
                                (middle - 0.04, start + 0.5, 0)], lit((240, 236, 214)))  # fmt: skip
        case "lake":
            model.disc(0.3, 0.5, radius=2.9, colour=lit(rgb("#dcc9a0")))
            model.disc(0.3, 0.5, radius=2.7, colour=lit(_WATER))
        case "beach":
            shore = [(-HALF, 1.2, 0.0), (HALF, 0.2, 0.0), (HALF, HALF, 0.0), (-HALF, HALF, 0.0)]
            model.face(shore, lit(_WATER))
            model.face([(-HALF, 1.0, 0), (HALF, 0.0, 0), (HALF, 0.2, 0), (-HALF, 1.2, 0)], lit((250, 253, 255)))
        case "island":
            for radius, code in ((3.4, "#7fd8da"), (2.9, "#f0d9a4"), (2.2, "#7fb85e")):
                model.disc(0, 0, radius=radius, colour=lit(rgb(code)))
        case "room" | "windowsill":
            model.disc(0.4, 0.6, radius=2.0, colour=lit(mix(stage.light.accent, rgb("#a0485a"), 0.5)))
            model.disc(0.4, 0.6, radius=1.75, colour=lit(rgb("#f0e0c8")))
        case "space":
            random = model.random("craters")
            for x, y, size in random.random((9, 3)).tolist():
                model.disc((x - 0.5) * 6.4, (y - 0.5) * 6.4, radius=0.2 + 0.5 * size, colour=lit(rgb("#7f7b92")))


def _scenery(model: Model, *, busy: bool) -> list[Drawable]:
    """Return the models belonging to the place, with their depth keys."""
    stage, place = model.stage, model.stage.place
    drawables: list[Drawable] = []
    if place == "city":
        drawables.extend(draw_buildings(model, free=busy))
    elif place in ("room", "windowsill"):
        drawables.extend(draw_furniture(model))
    elif place == "street":
        for number, y in enumerate((-3.6, -1.2, 1.2)):
            for x in (-3.4, 1.4):
                if not stage.description.lacks("houses"):
                    drawables.append((x + y, partial(draw_house, model, x + 1, y + 0.9, None, small=True, kind=number)))
    elif place in ("mountain", "volcano") and not stage.description.lacks("mountains"):
        for x, y, height in ((-3.9, -3.9, 4.2), (-1.2, -3.8, 3.0), (-3.8, -1.2, 2.6)):
            drawables.append((x + y, partial(draw_peak, model, x, y, height)))
    if place == "island" and not stage.description.lacks("palms"):
        for x, y in ((-1.6, -0.6), (-0.5, -1.7), (1.5, -1.0)):
            drawables.append((x + y, partial(draw_palm, model, x, y)))
    if place in _WOODED and not stage.description.lacks("trees"):
        drawables.extend(_trees(model, busy=busy))
    return drawables


def _trees(model: Model, *, busy: bool) -> list[Drawable]:
    """Return trees along the edges of the tile, or everywhere in a forest."""
    stage, random = model.stage, model.random("trees")
    drawables: list[Drawable] = []
    count = 46 if stage.place == "forest" else 12 if stage.place != "street" else 5
    clearance = 1.9 if stage.place == "forest" and busy else 0.0 if stage.place == "forest" else 2.7
    for _ in range(count):
        x, y = random.uniform(-HALF + 0.4, HALF - 0.4, 2).tolist()
        leafy, height, colour = random.random() < 0.5, float(random.uniform(0.9, 1.7)), stage.leaf(random)
        if max(abs(x), abs(y)) < clearance or (x + y > 3.4 and busy) or (stage.place == "street" and abs(x) < 1):
            continue
        if stage.place in ("mountain", "snowfield") or not leafy:
            fir = rgb("#3f7a5c") if not stage.wintry else rgb("#cfdde6")
            drawables.append((x + y, partial(model.fir, x, y, height=height, colour=fir)))
        else:
            drawables.append((x + y, partial(model.round_tree, x, y, height=height, colour=colour)))
    return drawables


def _solid_subjects(model: Model, wanted: list[Subject]) -> list[Drawable]:
    """Return the requested subjects that have a solid model, side by side; at most four."""
    row = [subject for subject in wanted for _ in range(subject.count)][:4]
    spots = {1: ((0.0, 0.0),), 2: ((-1.7, 0.6), (1.7, -0.6))}.get(
        len(row), ((-1.8, -1.8), (1.8, -1.8), (-1.8, 1.8), (1.8, 1.8))
    )
    return [
        (x + y, partial(_SOLID_MODELS[subject.name], model, x, y, subject.colour))
        for subject, (x, y) in zip(row, spots, strict=False)
    ]


def _draw_flat_subjects(model: Model, wanted: list[Subject], *, crowded: bool) -> None:
    """Draw subjects without a solid model as flat drawings standing on the tile."""
    if model.stage.description.lacks("subjects"):
        return
    row = [subject for subject in wanted for _ in range(subject.count)]
    for number, subject in enumerate(row):
        role = SUBJECTS[subject.name]
        share = (number - (len(row) - 1) / 2) * (5.6 / max(2, len(row)))
        offset = 2.6 if crowded else 0.9
        x, y = model.at(share / 1.4 + offset * 0.7, -share / 1.4 + offset * 0.7)
        height = model.scale * role.height * 8.4 * subject.size * (0.55 if crowded else 1.0) / max(1.0, len(row) ** 0.5)
        height = min(height, model.stage.height * 0.7, model.stage.width * 0.6 / role.breadth)
        lift = model.scale * 1.6 if role.stance.value == "fly" else 0.0
        draw_placed(model.stage, Placed(subject, role, x, y - lift, height, mirrored=number % 2 == 1))
