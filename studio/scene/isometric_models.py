"""Isometric models placed on a tile: houses, castles, towers, mountains, furniture."""

from collections.abc import Callable
from functools import partial

from studio.scene.colour import Colour, mix, rgb, shade
from studio.scene.isometric_solids import Model

_LAMPLIGHT: Colour = rgb("#ffe08a")
_WALLS = tuple(rgb(code) for code in ("#f2e2c8", "#e8b89a", "#cfe0e4", "#f0cfc0", "#dfe6c8"))
_ROOFS = tuple(rgb(code) for code in ("#c8503c", "#4f7fa8", "#8a5a8a", "#d88a3c", "#5f8f6a"))
_TOWERS = tuple(rgb(code) for code in ("#9fb4cc", "#d8c0a8", "#8fa0c0", "#c8cdd6", "#b8a0a8", "#7fa8b8"))
_STONE: Colour = rgb("#b9b4bc")

Drawable = tuple[float, Callable[[], None]]  # depth key (larger is nearer) and drawing function


def _glass(model: Model, *, lit: bool) -> Colour:
    light = model.stage.light
    if light.dark:
        return _LAMPLIGHT if lit else shade(light.top, 0.12)
    return mix(light.middle, (255, 255, 255), 0.35)


def draw_house(
    model: Model, x: float, y: float, colour: Colour | None, *, small: bool = False, kind: int | None = None
) -> None:
    """Draw a gabled house with door, windows and chimney, centred on (x, y)."""
    size = 0.62 if small else 1.0
    wide, deep, tall = 2.9 * size, 2.3 * size, 1.5 * size
    left, back = x - wide / 2, y - deep / 2
    number = int(model.random("house").integers(5)) if kind is None else kind
    wall = colour or _WALLS[number % 5]
    model.shadow(left, back, (wide, deep), length=1.3 * size)
    model.block(left, back, (wide, deep, tall), wall)
    right, front = left + wide, back + deep
    door, glass = model.stage.light.on(rgb("#7a4a30")), _glass(model, lit=True)
    model.pane((left + wide * 0.42, front, 0), along="x", wide=0.5 * size, tall=0.95 * size, colour=door)
    for share in (0.1, 0.72):
        model.pane(
            (left + wide * share, front, 0.55 * size), along="x", wide=0.52 * size, tall=0.55 * size, colour=glass
        )
    for share in (0.9, 0.42):
        corner = (right, back + deep * share, 0.55 * size)
        model.pane(corner, along="y", wide=0.55 * size, tall=0.55 * size, colour=shade(glass, -0.12))
    gable = [(right, back, tall), (right, front, tall), (right, back + deep / 2, tall + 1.05 * size)]
    model.face(gable, shade(model.stage.light.on(wall), -0.3))
    model.block(left + wide * 0.2, back + deep * 0.25, (0.32 * size, 0.32 * size, 1.3 * size), rgb("#a06a58"), z=tall)
    model.gable(left, back, (wide, deep, 1.1 * size), _ROOFS[number % 5], z=tall)


def draw_castle(model: Model, x: float, y: float, colour: Colour | None) -> None:
    """Draw a castle: four towers, walls with battlements and a keep."""
    stone, roof = colour or _STONE, _ROOFS[int(model.random("castle").integers(5))]
    reach = 1.9
    model.shadow(x - reach, y - reach, (2 * reach, 2 * reach), length=1.4)
    _draw_turret(model, x - reach, y - reach, stone=stone, roof=roof)
    for along in ("x", "y"):
        _draw_rampart(model, x, y, reach=-reach, along=along, stone=shade(stone, -0.05))
    for dx, dy in ((reach, -reach), (-reach, reach)):
        _draw_turret(model, x + dx, y + dy, stone=stone, roof=roof)
    model.block(x - 0.75, y - 0.75, (1.5, 1.5, 3.2), stone)
    _draw_slits(model, x + 0.75, y + 0.75, height=3.2)
    model.spire(x - 0.75, y - 0.75, 1.5, 1.5, roof, z=3.2)
    for along in ("x", "y"):
        _draw_rampart(model, x, y, reach=reach, along=along, stone=stone)
    gate = model.stage.light.on(rgb("#4a3428"))
    model.pane((x - 0.4, y + reach + 0.18, 0), along="x", wide=0.8, tall=0.85, colour=gate)
    _draw_turret(model, x + reach, y + reach, stone=stone, roof=roof)


def _draw_turret(model: Model, x: float, y: float, *, stone: Colour, roof: Colour) -> None:
    model.block(x - 0.5, y - 0.5, (1.0, 1.0, 2.1), stone)
    _draw_slits(model, x + 0.5, y + 0.5, height=2.1)
    model.spire(x - 0.5, y - 0.5, 1.0, 1.2, roof, z=2.1, over=0.14)


def _draw_slits(model: Model, x: float, y: float, *, height: float) -> None:
    glass = _glass(model, lit=True) if model.stage.light.dark else rgb("#4a4654")
    for share in (0.38, 0.72):
        model.pane((x - 0.58, y, height * share), along="x", wide=0.16, tall=0.34, colour=glass)
        model.pane((x, y - 0.42, height * share), along="y", wide=0.16, tall=0.34, colour=glass)


def _draw_rampart(model: Model, x: float, y: float, *, reach: float, along: str, stone: Colour) -> None:
    """Draw a wall with battlements on one side of the courtyard."""
    if along == "x":
        model.block(x - 1.5, y + reach - 0.18, (3.0, 0.36, 1.15), stone)
    else:
        model.block(x + reach - 0.18, y - 1.5, (0.36, 3.0, 1.15), stone)
    for step in range(6):
        at = -1.45 + step * 0.52
        place = (x + at, y + reach - 0.18) if along == "x" else (x + reach - 0.18, y + at)
        model.block(*place, (0.26, 0.36, 0.24) if along == "x" else (0.36, 0.26, 0.24), stone, z=1.15)


def draw_church(model: Model, x: float, y: float, colour: Colour | None) -> None:
    wall = colour or rgb("#ece6da")
    model.shadow(x - 1.2, y - 0.9, (2.6, 1.8), length=1.4)
    model.block(x - 1.7, y - 0.5, (0.95, 0.95, 2.7), wall)
    model.spire(x - 1.7, y - 0.5, 0.95, 1.8, rgb("#4f6f98"), z=2.7)
    model.block(x - 0.8, y - 0.8, (2.5, 1.6, 1.4), wall)
    for share in (0.0, 0.7, 1.4):
        model.pane((x - 0.5 + share, y + 0.8, 0.45), along="x", wide=0.28, tall=0.65, colour=_glass(model, lit=True))
    peak = [(x + 1.7, y - 0.8, 1.4), (x + 1.7, y + 0.8, 1.4), (x + 1.7, y, 2.4)]
    model.face(peak, shade(model.stage.light.on(wall), -0.3))
    model.gable(x - 0.8, y - 0.8, (2.5, 1.6, 1.05), rgb("#4f6f98"), z=1.4)


def draw_tower(model: Model, x: float, y: float, colour: Colour | None) -> None:
    """Draw a stepped tower in bands of two colours with a lamp at the top."""
    bands = (colour or rgb("#d8483c"), rgb("#f4f1ea"))
    model.shadow(x - 0.8, y - 0.8, (1.6, 1.6), length=1.6)
    for number in range(6):
        half = 0.82 - 0.08 * number
        model.block(x - half, y - half, (2 * half, 2 * half, 0.72), bands[number % 2], z=0.72 * number)
    model.block(x - 0.3, y - 0.3, (0.6, 0.6, 0.5), _LAMPLIGHT, z=4.32)
    model.spire(x - 0.32, y - 0.32, 0.64, 0.6, rgb("#4a4654"), z=4.82)


def draw_pyramid(model: Model, x: float, y: float, colour: Colour | None) -> None:
    model.shadow(x - 1.8, y - 1.8, (3.6, 3.6), length=0.9)
    model.spire(x - 1.8, y - 1.8, 3.6, 2.9, colour or rgb("#e6bd72"), z=0.0, over=0.0)


def draw_peak(model: Model, x: float, y: float, height: float) -> None:
    """Draw a four-sided snow-capped mountain from its back corner."""
    side = height * 0.86
    model.spire(x, y, side, height, rgb("#8a90a4"), z=0.0, over=0.0)
    if not model.stage.description.lacks("snow"):
        cap = side * 0.36
        inset = (side - cap) / 2
        model.spire(x + inset, y + inset, cap, height * 0.37, (246, 249, 253), z=height * 0.64, over=0.0)


def draw_palm(model: Model, x: float, y: float) -> None:
    for step in range(7):
        model.block(x - 0.08 + step * 0.04, y - 0.08, (0.16, 0.16, 0.3), rgb("#a87c50"), z=step * 0.28)
    green = model.stage.light.on(rgb("#3f9a58"))
    top = (x + 0.26, y, 2.05)
    for dx, dy in ((1.1, 0.1), (-1.0, -0.1), (0.2, 1.1), (-0.1, -1.1), (0.8, -0.8), (-0.7, 0.8)):
        side = (-dy * 0.22, dx * 0.22)
        middle = (top[0] + dx * 0.5, top[1] + dy * 0.5, 2.3)
        tip = (top[0] + dx, top[1] + dy, 1.75)
        leaf = [
            top,
            (middle[0] + side[0], middle[1] + side[1], 2.3),
            tip,
            (middle[0] - side[0], middle[1] - side[1], 2.3),
        ]
        model.face(leaf, shade(green, 0.1 if dx < 0 else -0.1))


def draw_buildings(model: Model, *, free: bool) -> list[Drawable]:
    """Return towers for the blocks between the roads; `free` leaves the nearest block and the centre empty."""
    random = model.random("buildings")
    drawables: list[Drawable] = []
    blocks = (-3.85, -1.3, 2.3)
    for x in blocks:
        for y in blocks:
            wide = 1.5 if x != -1.3 else 2.5
            deep = 1.5 if y != -1.3 else 2.5
            tall = float(random.uniform(1.0, 4.6)) * (1.0 if x + y < 1 else 0.45)
            colour, seed = _TOWERS[int(random.integers(len(_TOWERS)))], int(random.integers(1000))
            if free and ((x, y) == (2.3, 2.3) or x == y == -1.3):
                continue
            size = (wide, deep, tall)
            drawables.append((x + y, partial(_draw_apartment_block, model, x, y, size, colour=colour, seed=seed)))
    return drawables


def _draw_apartment_block(
    model: Model, x: float, y: float, size: tuple[float, float, float], *, colour: Colour, seed: int
) -> None:
    random = model.random(f"windows {seed}")
    wide, deep, tall = size
    model.shadow(x, y, (wide, deep), length=min(0.8, tall * 0.3))
    model.block(x, y, size, colour)
    model.block(x + 0.2, y + 0.2, (wide - 0.4, deep - 0.4, 0.16), shade(colour, -0.12), z=tall)
    model.block(x + 0.3, y + 0.3, (0.4, 0.4, 0.35), shade(colour, -0.25), z=tall + 0.16)
    for floor in range(int((tall - 0.25) / 0.42)):
        z = 0.2 + floor * 0.42
        for column in range(int((wide - 0.2) / 0.42)):
            lit = bool(random.random() < 0.55)
            model.pane(
                (x + 0.16 + column * 0.42, y + deep, z), along="x", wide=0.24, tall=0.26, colour=_glass(model, lit=lit)
            )
        for column in range(int((deep - 0.2) / 0.42)):
            glass = shade(_glass(model, lit=bool(random.random() < 0.55)), -0.12)
            model.pane((x + wide, y + deep - 0.16 - column * 0.42, z), along="y", wide=0.24, tall=0.26, colour=glass)


def draw_furniture(model: Model) -> list[Drawable]:
    """Return the furniture of a room: walls, sofa, bookshelf, side table with lamp, and plant."""
    drawables: list[Drawable] = [(-9.0, partial(_draw_walls, model)), (-4.0, partial(_draw_sofa, model))]
    if not model.stage.description.lacks("books"):
        drawables.append((-3.0, partial(_draw_shelf, model)))
    drawables.append((-2.0, partial(_draw_side_table, model)))
    if not model.stage.description.lacks("plants"):
        drawables.append((0.5, partial(_draw_potted_plant, model)))
    return drawables


def _draw_walls(model: Model) -> None:
    stage, wall = model.stage, rgb("#dcc8b4")
    if stage.description.tints:
        wall = mix(wall, stage.description.tints[0], 0.5)
    lit = stage.light.on(wall)
    model.face([(-4, -4, 0), (4, -4, 0), (4, -4, 4), (-4, -4, 4)], shade(lit, -0.04))
    model.face([(-4, -4, 0), (-4, 4, 0), (-4, 4, 4), (-4, -4, 4)], shade(lit, 0.12))
    model.block(-4.2, -4.2, (8.2, 0.2, 0.12), shade(wall, -0.2), z=4.0)
    model.block(-4.2, -4.2, (0.2, 8.2, 0.12), shade(wall, -0.2), z=4.0)
    if not stage.description.lacks("window"):
        frame = stage.light.on(rgb("#f7f1e6"))
        for left, colour, inset in ((-0.4, frame, 0.0), (-0.28, mix(stage.light.middle, stage.light.sun, 0.2), 0.12)):
            model.pane((left, -4, 1.4 + inset), along="x", wide=2.6 - 2 * inset, tall=1.9 - 2 * inset, colour=colour)
        model.pane((0.85, -4, 1.4), along="x", wide=0.1, tall=1.9, colour=frame)
        model.pane((-0.4, -4, 2.3), along="x", wide=2.6, tall=0.1, colour=frame)
    model.pane((-4, 2.6, 1.9), along="y", wide=1.5, tall=1.1, colour=stage.light.on(rgb("#6a4a38")))
    model.pane((-4, 2.48, 2.0), along="y", wide=1.26, tall=0.9, colour=stage.light.accent)


def _draw_sofa(model: Model) -> None:
    cloth = rgb("#4f7f9a")
    model.block(-3.9, -1.0, (0.5, 3.4, 1.5), cloth)
    model.block(-3.9, -1.3, (1.7, 0.4, 1.0), shade(cloth, -0.08))
    model.block(-3.5, -0.9, (1.4, 3.2, 0.65), shade(cloth, 0.14))
    model.block(-3.3, 0.6, (0.35, 0.8, 0.6), rgb("#f0b85a"), z=0.65)
    model.block(-3.9, 2.2, (1.7, 0.4, 1.0), shade(cloth, -0.08))


def _draw_shelf(model: Model) -> None:
    wood, random = rgb("#8f5f3c"), model.random("shelf")
    model.block(2.3, -3.95, (1.6, 0.55, 3.1), wood)
    for level in (0.25, 1.0, 1.75, 2.45):
        for number in range(7):
            spine = _ROOFS[int(random.integers(5))]
            corner = (2.42 + number * 0.2, -3.4, level)
            model.pane(
                corner, along="x", wide=0.16, tall=float(random.uniform(0.35, 0.52)), colour=model.stage.light.on(spine)
            )


def _draw_side_table(model: Model) -> None:
    model.block(-3.6, -3.5, (1.1, 1.1, 0.85), rgb("#a8744a"))
    model.block(-3.1, -3.0, (0.12, 0.12, 0.7), rgb("#4a4048"), z=0.85)
    model.spire(-3.45, -3.35, 0.8, 1.0, _LAMPLIGHT, z=1.45, over=0.0)


def _draw_potted_plant(model: Model) -> None:
    model.block(3.0, -2.6, (0.6, 0.6, 0.6), rgb("#d08058"))
    for dx, dy, z, radius in (
        (0.3, 0.3, 1.0, 0.5),
        (0.1, 0.4, 1.4, 0.36),
        (0.5, 0.1, 1.45, 0.34),
        (0.3, 0.3, 1.8, 0.3),
    ):
        model.ball(3.0 + dx, -2.6 + dy, z, radius=radius, colour=rgb("#4f9a5a"))
