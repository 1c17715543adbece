"""The registry of subjects: painter, size and stance by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from studio.scene.pen import Pen
from studio.scene.subjects import (
    costumes,
    dwellings,
    figures,
    fliers,
    food,
    kitchenware,
    large_animals,
    pets,
    plants,
    swimmers,
    things,
    vehicles,
    watercraft,
)
from studio.scene.subjects.palette import Paints

Draw = Callable[[Pen, Paints], None]


class Stance(Enum):
    """How a subject is positioned: on the ground, on or in the water, or in the air."""

    STAND = "stand"
    FLOAT = "float"
    SWIM = "swim"
    FLY = "fly"


@dataclass(frozen=True, slots=True)
class Role:
    """The painter and layout of a subject.

    `height` is a fraction of the picture height and `breadth` a fraction of the subject height. A subject with
    `turns=False` is never mirrored, and one with `behind=True` is drawn behind the other subjects. `beside` is the
    scale factor of a small subject next to a larger one.
    """

    draw: Draw
    height: float
    stance: Stance = Stance.STAND
    breadth: float = 0.8
    turns: bool = True
    behind: bool = False
    beside: float = 1.0


CAST: Mapping[str, Role] = MappingProxyType(
    {
        "cat": Role(pets.draw_cat, 0.42, beside=0.68),
        "dog": Role(pets.draw_dog, 0.42, beside=0.68),
        "fox": Role(pets.draw_fox, 0.4, breadth=0.9, beside=0.68),
        "wolf": Role(pets.draw_wolf, 0.44, beside=0.68),
        "rabbit": Role(pets.draw_rabbit, 0.36, beside=0.68),
        "bear": Role(pets.draw_bear, 0.46),
        "panda": Role(pets.draw_panda, 0.46),
        "mouse": Role(pets.draw_mouse, 0.28, beside=0.5),
        "owl": Role(pets.draw_owl, 0.36, beside=0.68),
        "penguin": Role(pets.draw_penguin, 0.4, beside=0.68),
        "frog": Role(pets.draw_frog, 0.26, breadth=1.2, beside=0.5),
        "horse": Role(large_animals.draw_horse, 0.42, breadth=1.2),
        "unicorn": Role(large_animals.draw_unicorn, 0.42, breadth=1.2),
        "zebra": Role(large_animals.draw_zebra, 0.42, breadth=1.2),
        "deer": Role(large_animals.draw_deer, 0.4, breadth=1.0),
        "cow": Role(large_animals.draw_cow, 0.36, breadth=1.1),
        "sheep": Role(large_animals.draw_sheep, 0.3, breadth=1.1),
        "pig": Role(large_animals.draw_pig, 0.3, breadth=1.1),
        "camel": Role(large_animals.draw_camel, 0.44, breadth=1.1),
        "giraffe": Role(large_animals.draw_giraffe, 0.58, breadth=0.7),
        "lion": Role(large_animals.draw_lion, 0.38, breadth=1.4),
        "tiger": Role(large_animals.draw_tiger, 0.36, breadth=1.4),
        "elephant": Role(large_animals.draw_elephant, 0.46, breadth=1.4),
        "dinosaur": Role(large_animals.draw_dinosaur, 0.52, breadth=1.3),
        "whale": Role(swimmers.draw_whale, 0.32, Stance.SWIM, 2.0),
        "dolphin": Role(swimmers.draw_dolphin, 0.28, Stance.SWIM, 1.8),
        "shark": Role(swimmers.draw_shark, 0.28, Stance.SWIM, 2.0),
        "fish": Role(swimmers.draw_fish, 0.3, Stance.SWIM, 1.5),
        "octopus": Role(swimmers.draw_octopus, 0.36, Stance.SWIM, 1.3),
        "jellyfish": Role(swimmers.draw_jellyfish, 0.36, Stance.SWIM, 0.8),
        "turtle": Role(swimmers.draw_turtle, 0.28, Stance.SWIM, 1.5),
        "duck": Role(swimmers.draw_duck, 0.2, Stance.FLOAT, 1.5, beside=0.7),
        "bird": Role(fliers.draw_bird, 0.19, Stance.FLY, 1.5, beside=0.7),
        "eagle": Role(fliers.draw_eagle, 0.26, Stance.FLY, 2.0),
        "crow": Role(fliers.draw_crow, 0.34, breadth=1.5, beside=0.68),
        "parrot": Role(fliers.draw_parrot, 0.36, Stance.FLY, 1.0, beside=0.7),
        "butterfly": Role(fliers.draw_butterfly, 0.22, Stance.FLY, 1.3, beside=0.5),
        "bee": Role(fliers.draw_bee, 0.24, Stance.FLY, 1.3, beside=0.5),
        "dragon": Role(fliers.draw_dragon, 0.38, Stance.FLY, 2.2),
        "house": Role(dwellings.draw_house, 0.4, breadth=1.1, behind=True),
        "castle": Role(dwellings.draw_castle, 0.48, breadth=1.1, behind=True),
        "lighthouse": Role(dwellings.draw_lighthouse, 0.52, breadth=0.9, behind=True),
        "windmill": Role(dwellings.draw_windmill, 0.46, breadth=1.0, behind=True),
        "pyramid": Role(dwellings.draw_pyramid, 0.34, breadth=2.4, behind=True),
        "temple": Role(dwellings.draw_temple, 0.52, breadth=0.8, behind=True),
        "church": Role(dwellings.draw_church, 0.46, breadth=0.9, behind=True),
        "tower": Role(dwellings.draw_tower, 0.66, breadth=0.56, behind=True),
        "bridge": Role(dwellings.draw_bridge, 0.32, Stance.FLOAT, 2.8, turns=False, behind=True),
        "viaduct": Role(dwellings.draw_viaduct, 0.36, breadth=3.0, turns=False, behind=True),
        "tent": Role(dwellings.draw_tent, 0.28, breadth=1.9),
        "car": Role(vehicles.draw_car, 0.24, breadth=2.1),
        "bus": Role(vehicles.draw_bus, 0.3, breadth=1.9),
        "truck": Role(vehicles.draw_truck, 0.28, breadth=2.1),
        "train": Role(vehicles.draw_train, 0.26, breadth=2.9),
        "bicycle": Role(vehicles.draw_bicycle, 0.3, breadth=1.8),
        "motorcycle": Role(vehicles.draw_motorcycle, 0.3, breadth=1.7),
        "boat": Role(watercraft.draw_boat, 0.4, Stance.FLOAT, 1.0),
        "canoe": Role(watercraft.draw_canoe, 0.2, Stance.FLOAT, 2.6),
        "ship": Role(watercraft.draw_ship, 0.44, Stance.FLOAT, 1.7),
        "submarine": Role(watercraft.draw_submarine, 0.28, Stance.SWIM, 2.0),
        "balloon": Role(watercraft.draw_balloon, 0.44, Stance.FLY, 0.85),
        "party-balloon": Role(watercraft.draw_party_balloon, 0.36, Stance.FLY, 0.66, beside=0.7),
        "plane": Role(watercraft.draw_plane, 0.26, Stance.FLY, 2.0),
        "airship": Role(watercraft.draw_airship, 0.3, Stance.FLY, 2.2),
        "rocket": Role(watercraft.draw_rocket, 0.42, Stance.FLY, 0.7, turns=False),
        "ufo": Role(watercraft.draw_ufo, 0.26, Stance.FLY, 1.6, turns=False),
        "satellite": Role(watercraft.draw_satellite, 0.3, Stance.FLY, 1.6),
        "person": Role(figures.draw_person, 0.4, breadth=0.55),
        "woman": Role(figures.draw_woman, 0.4, breadth=0.55),
        "elder": Role(costumes.draw_elder, 0.42, breadth=0.6),
        "hero": Role(costumes.draw_hero, 0.44, breadth=0.75),
        "astronaut": Role(figures.draw_astronaut, 0.4, breadth=0.7),
        "robot": Role(figures.draw_robot, 0.42, breadth=0.75),
        "wizard": Role(figures.draw_wizard, 0.44, breadth=0.65),
        "knight": Role(figures.draw_knight, 0.42, breadth=0.75),
        "snowman": Role(figures.draw_snowman, 0.4, breadth=0.8),
        "ghost": Role(figures.draw_ghost, 0.34, breadth=0.8, beside=0.7),
        "alien": Role(figures.draw_alien, 0.38, breadth=0.6),
        "tree": Role(plants.draw_tree, 0.52, breadth=0.9, behind=True),
        "pine": Role(plants.draw_pine, 0.5, breadth=0.6, behind=True),
        "palm": Role(plants.draw_palm, 0.56, breadth=0.9, behind=True),
        "mushroom": Role(plants.draw_mushroom, 0.34, breadth=1.0, beside=0.5),
        "flower": Role(plants.draw_flower, 0.36, breadth=0.9, beside=0.7),
        "sunflower": Role(plants.draw_sunflower, 0.5, breadth=0.8),
        "cactus": Role(plants.draw_cactus, 0.4, breadth=0.8),
        "pumpkin": Role(plants.draw_pumpkin, 0.26, breadth=1.2, beside=0.7),
        "cup": Role(food.draw_cup, 0.36, breadth=1.3, beside=0.55),
        "bowl": Role(kitchenware.draw_bowl, 0.36, breadth=1.5, beside=0.6),
        "teapot": Role(kitchenware.draw_teapot, 0.36, breadth=1.6, beside=0.6),
        "vase": Role(kitchenware.draw_vase, 0.5, breadth=0.7, turns=False, beside=0.7),
        "hat": Role(costumes.draw_hat, 0.3, breadth=1.5, beside=0.5),
        "book": Role(things.draw_book, 0.36, breadth=1.5, turns=False, beside=0.55),
        "lamp": Role(things.draw_lamp, 0.42, breadth=0.7, beside=0.55),
        "candle": Role(things.draw_candle, 0.36, breadth=0.9, beside=0.55),
        "guitar": Role(things.draw_guitar, 0.54, breadth=0.5),
        "violin": Role(kitchenware.draw_violin, 0.54, breadth=0.7),
        "piano": Role(things.draw_piano, 0.36, breadth=1.4, turns=False),
        "clock": Role(things.draw_clock, 0.38, breadth=0.9, turns=False, beside=0.55),
        "crown": Role(things.draw_crown, 0.28, breadth=1.4, beside=0.55),
        "heart": Role(things.draw_heart, 0.36, breadth=1.1, beside=0.55),
        "diamond": Role(things.draw_diamond, 0.34, breadth=1.1, beside=0.55),
        "apple": Role(food.draw_apple, 0.3, breadth=1.0, beside=0.55),
        "cake": Role(food.draw_cake, 0.4, breadth=1.3, beside=0.55),
        "pizza": Role(food.draw_pizza, 0.38, breadth=1.2, beside=0.55),
        "icecream": Role(food.draw_icecream, 0.42, breadth=0.7, beside=0.55),
        "burger": Role(food.draw_burger, 0.32, breadth=1.1, beside=0.55),
        "umbrella": Role(things.draw_umbrella, 0.44, breadth=1.1, beside=0.55),
        "chair": Role(things.draw_chair, 0.38, breadth=1.1),
        "bottle": Role(food.draw_bottle, 0.46, breadth=0.7, beside=0.55),
        "sword": Role(things.draw_sword, 0.44, breadth=0.8, beside=0.55),
        "gift": Role(things.draw_gift, 0.34, breadth=0.9, beside=0.55),
        "chest": Role(things.draw_chest, 0.3, breadth=1.1),
        "camera": Role(things.draw_camera, 0.3, breadth=1.2, turns=False, beside=0.55),
        "computer": Role(things.draw_computer, 0.36, breadth=1.4, turns=False, beside=0.55),
        "skull": Role(things.draw_skull, 0.32, breadth=0.9, beside=0.55),
        "kite": Role(things.draw_kite, 0.34, Stance.FLY, 0.8, beside=0.55),
    }
)
