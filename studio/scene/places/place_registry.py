"""The registry of places: painters of the background and foreground, ground and water levels, hours of day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from studio.scene.places import (
    abstract,
    cities,
    forest,
    indoors,
    landscapes,
    seas_and_lakes,
    space,
    underwater,
    windows,
)
from studio.scene.render_context import SceneCanvas


@dataclass(frozen=True, slots=True)
class Place:
    """The painters and levels of one place.

    `footing` (ground) and `afloat` (water surface) are distances from the top, as fractions of the picture height.
    """

    back: Callable[[SceneCanvas], None]
    front: Callable[[SceneCanvas], None]
    footing: float
    afloat: float | None = None
    hours: tuple[str, ...] = ("day", "day", "golden", "sunset", "dawn")


_ANY_HOUR = ("sunset", "pastel", "day", "dusk", "neon")
PLACES: Mapping[str, Place] = MappingProxyType(
    {
        "mountain": Place(landscapes.mountain_back, landscapes.mountain_front, 0.93),
        "field": Place(landscapes.field_back, landscapes.field_front, 0.85),
        "garden": Place(landscapes.garden_back, landscapes.garden_front, 0.86, hours=("day", "golden", "pastel")),
        "desert": Place(landscapes.desert_back, landscapes.desert_front, 0.89, hours=("golden", "day", "sunset")),
        "snowfield": Place(landscapes.snowfield_back, landscapes.snowfield_front, 0.9, hours=("day", "dawn", "dusk")),
        "volcano": Place(landscapes.volcano_back, landscapes.volcano_front, 0.94, hours=("fire",)),
        "forest": Place(forest.forest_back, forest.forest_front, 0.92, hours=("golden", "day", "dawn")),
        "sea": Place(seas_and_lakes.sea_back, seas_and_lakes.sea_front, 0.72, 0.74),
        "lake": Place(seas_and_lakes.lake_back, seas_and_lakes.lake_front, 0.82, 0.8),
        "beach": Place(seas_and_lakes.beach_back, seas_and_lakes.beach_front, 0.9, 0.66),
        "island": Place(
            seas_and_lakes.island_back, seas_and_lakes.island_front, 0.69, 0.84, hours=("day", "sunset", "golden")
        ),
        "underwater": Place(underwater.underwater_back, underwater.underwater_front, 0.93, 0.5, hours=("deep",)),
        "space": Place(space.space_back, space.space_front, 0.93, 0.5, hours=("space",)),
        "city": Place(cities.city_back, cities.city_front, 0.965, hours=("dusk", "day", "night", "sunset")),
        "street": Place(cities.street_back, cities.street_front, 0.93, hours=("golden", "day", "dusk")),
        "room": Place(indoors.room_back, indoors.room_front, 0.9),
        "windowsill": Place(windows.sill_back, windows.sill_front, 0.83, hours=("day", "golden", "dusk")),
        "table": Place(indoors.table_back, indoors.table_front, 0.84, hours=("golden", "dusk", "day")),
        "abstract": Place(abstract.abstract_back, abstract.abstract_front, 0.86, 0.6, hours=_ANY_HOUR),
    }
)
UNNAMED = ("mountain", "lake", "field", "sea", "forest", "desert")  # candidates if the prompt names no place
UNNAMED_DRY = ("field", "field", "mountain", "forest", "garden", "desert")  # candidates if it names subjects
