"""The registry of subjects: painter, size and stance by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from studio.scene.pen import Pen
from studio.scene.subjects import (
    buildings,
    costumes,
    flying_animals,
    food,
    kitchenware,
    large_animals,
    objects,
    people,
    pets,
    plants,
    vehicles,
    water_animals,
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
class SubjectSpec:
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


SUBJECTS: Mapping[str, SubjectSpec] = MappingProxyType(
    {
        "cat": SubjectSpec(pets.draw_cat, 0.42, beside=0.68),
        "dog": SubjectSpec(pets.draw_dog, 0.42, beside=0.68),
        "fox": SubjectSpec(pets.draw_fox, 0.4, breadth=0.9, beside=0.68),
        "wolf": SubjectSpec(pets.draw_wolf, 0.44, beside=0.68),
        "rabbit": SubjectSpec(pets.draw_rabbit, 0.36, beside=0.68),
        "bear": SubjectSpec(pets.draw_bear, 0.46),
        "panda": SubjectSpec(pets.draw_panda, 0.46),
        "mouse": SubjectSpec(pets.draw_mouse, 0.28, beside=0.5),
        "owl": SubjectSpec(pets.draw_owl, 0.36, beside=0.68),
        "penguin": SubjectSpec(pets.draw_penguin, 0.4, beside=0.68),
        "frog": SubjectSpec(pets.draw_frog, 0.26, breadth=1.2, beside=0.5),
        "horse": SubjectSpec(large_animals.draw_horse, 0.42, breadth=1.2),
        "unicorn": SubjectSpec(large_animals.draw_unicorn, 0.42, breadth=1.2),
        "zebra": SubjectSpec(large_animals.draw_zebra, 0.42, breadth=1.2),
        "deer": SubjectSpec(large_animals.draw_deer, 0.4, breadth=1.0),
        "cow": SubjectSpec(large_animals.draw_cow, 0.36, breadth=1.1),
        "sheep": SubjectSpec(large_animals.draw_sheep, 0.3, breadth=1.1),
        "pig": SubjectSpec(large_animals.draw_pig, 0.3, breadth=1.1),
        "camel": SubjectSpec(large_animals.draw_camel, 0.44, breadth=1.1),
        "giraffe": SubjectSpec(large_animals.draw_giraffe, 0.58, breadth=0.7),
        "lion": SubjectSpec(large_animals.draw_lion, 0.38, breadth=1.4),
        "tiger": SubjectSpec(large_animals.draw_tiger, 0.36, breadth=1.4),
        "elephant": SubjectSpec(large_animals.draw_elephant, 0.46, breadth=1.4),
        "dinosaur": SubjectSpec(large_animals.draw_dinosaur, 0.52, breadth=1.3),
        "whale": SubjectSpec(water_animals.draw_whale, 0.32, Stance.SWIM, 2.0),
        "dolphin": SubjectSpec(water_animals.draw_dolphin, 0.28, Stance.SWIM, 1.8),
        "shark": SubjectSpec(water_animals.draw_shark, 0.28, Stance.SWIM, 2.0),
        "fish": SubjectSpec(water_animals.draw_fish, 0.3, Stance.SWIM, 1.5),
        "octopus": SubjectSpec(water_animals.draw_octopus, 0.36, Stance.SWIM, 1.3),
        "jellyfish": SubjectSpec(water_animals.draw_jellyfish, 0.36, Stance.SWIM, 0.8),
        "turtle": SubjectSpec(water_animals.draw_turtle, 0.28, Stance.SWIM, 1.5),
        "duck": SubjectSpec(water_animals.draw_duck, 0.2, Stance.FLOAT, 1.5, beside=0.7),
        "bird": SubjectSpec(flying_animals.draw_bird, 0.19, Stance.FLY, 1.5, beside=0.7),
        "eagle": SubjectSpec(flying_animals.draw_eagle, 0.26, Stance.FLY, 2.0),
        "crow": SubjectSpec(flying_animals.draw_crow, 0.34, breadth=1.5, beside=0.68),
        "parrot": SubjectSpec(flying_animals.draw_parrot, 0.36, Stance.FLY, 1.0, beside=0.7),
        "butterfly": SubjectSpec(flying_animals.draw_butterfly, 0.22, Stance.FLY, 1.3, beside=0.5),
        "bee": SubjectSpec(flying_animals.draw_bee, 0.24, Stance.FLY, 1.3, beside=0.5),
        "dragon": SubjectSpec(flying_animals.draw_dragon, 0.38, Stance.FLY, 2.2),
        "house": SubjectSpec(buildings.draw_house, 0.4, breadth=1.1, behind=True),
        "castle": SubjectSpec(buildings.draw_castle, 0.48, breadth=1.1, behind=True),
        "lighthouse": SubjectSpec(buildings.draw_lighthouse, 0.52, breadth=0.9, behind=True),
        "windmill": SubjectSpec(buildings.draw_windmill, 0.46, breadth=1.0, behind=True),
        "pyramid": SubjectSpec(buildings.draw_pyramid, 0.34, breadth=2.4, behind=True),
        "temple": SubjectSpec(buildings.draw_temple, 0.52, breadth=0.8, behind=True),
        "church": SubjectSpec(buildings.draw_church, 0.46, breadth=0.9, behind=True),
        "tower": SubjectSpec(buildings.draw_tower, 0.66, breadth=0.56, behind=True),
        "bridge": SubjectSpec(buildings.draw_bridge, 0.32, Stance.FLOAT, 2.8, turns=False, behind=True),
        "viaduct": SubjectSpec(buildings.draw_viaduct, 0.36, breadth=3.0, turns=False, behind=True),
        "tent": SubjectSpec(buildings.draw_tent, 0.28, breadth=1.9),
        "car": SubjectSpec(vehicles.draw_car, 0.24, breadth=2.1),
        "bus": SubjectSpec(vehicles.draw_bus, 0.3, breadth=1.9),
        "truck": SubjectSpec(vehicles.draw_truck, 0.28, breadth=2.1),
        "train": SubjectSpec(vehicles.draw_train, 0.26, breadth=2.9),
        "bicycle": SubjectSpec(vehicles.draw_bicycle, 0.3, breadth=1.8),
        "motorcycle": SubjectSpec(vehicles.draw_motorcycle, 0.3, breadth=1.7),
        "boat": SubjectSpec(watercraft.draw_boat, 0.4, Stance.FLOAT, 1.0),
        "canoe": SubjectSpec(watercraft.draw_canoe, 0.2, Stance.FLOAT, 2.6),
        "ship": SubjectSpec(watercraft.draw_ship, 0.44, Stance.FLOAT, 1.7),
        "submarine": SubjectSpec(watercraft.draw_submarine, 0.28, Stance.SWIM, 2.0),
        "balloon": SubjectSpec(watercraft.draw_balloon, 0.44, Stance.FLY, 0.85),
        "party-balloon": SubjectSpec(watercraft.draw_party_balloon, 0.36, Stance.FLY, 0.66, beside=0.7),
        "plane": SubjectSpec(watercraft.draw_plane, 0.26, Stance.FLY, 2.0),
        "airship": SubjectSpec(watercraft.draw_airship, 0.3, Stance.FLY, 2.2),
        "rocket": SubjectSpec(watercraft.draw_rocket, 0.42, Stance.FLY, 0.7, turns=False),
        "ufo": SubjectSpec(watercraft.draw_ufo, 0.26, Stance.FLY, 1.6, turns=False),
        "satellite": SubjectSpec(watercraft.draw_satellite, 0.3, Stance.FLY, 1.6),
        "person": SubjectSpec(people.draw_person, 0.4, breadth=0.55),
        "woman": SubjectSpec(people.draw_woman, 0.4, breadth=0.55),
        "elder": SubjectSpec(costumes.draw_elder, 0.42, breadth=0.6),
        "hero": SubjectSpec(costumes.draw_hero, 0.44, breadth=0.75),
        "astronaut": SubjectSpec(people.draw_astronaut, 0.4, breadth=0.7),
        "robot": SubjectSpec(people.draw_robot, 0.42, breadth=0.75),
        "wizard": SubjectSpec(people.draw_wizard, 0.44, breadth=0.65),
        "knight": SubjectSpec(people.draw_knight, 0.42, breadth=0.75),
        "snowman": SubjectSpec(people.draw_snowman, 0.4, breadth=0.8),
        "ghost": SubjectSpec(people.draw_ghost, 0.34, breadth=0.8, beside=0.7),
        "alien": SubjectSpec(people.draw_alien, 0.38, breadth=0.6),
        "tree": SubjectSpec(plants.draw_tree, 0.52, breadth=0.9, behind=True),
        "pine": SubjectSpec(plants.draw_pine, 0.5, breadth=0.6, behind=True),
        "palm": SubjectSpec(plants.draw_palm, 0.56, breadth=0.9, behind=True),
        "mushroom": SubjectSpec(plants.draw_mushroom, 0.34, breadth=1.0, beside=0.5),
        "flower": SubjectSpec(plants.draw_flower, 0.36, breadth=0.9, beside=0.7),
        "sunflower": SubjectSpec(plants.draw_sunflower, 0.5, breadth=0.8),
        "cactus": SubjectSpec(plants.draw_cactus, 0.4, breadth=0.8),
        "pumpkin": SubjectSpec(plants.draw_pumpkin, 0.26, breadth=1.2, beside=0.7),
        "cup": SubjectSpec(food.draw_cup, 0.36, breadth=1.3, beside=0.55),
        "bowl": SubjectSpec(kitchenware.draw_bowl, 0.36, breadth=1.5, beside=0.6),
        "teapot": SubjectSpec(kitchenware.draw_teapot, 0.36, breadth=1.6, beside=0.6),
        "vase": SubjectSpec(kitchenware.draw_vase, 0.5, breadth=0.7, turns=False, beside=0.7),
        "hat": SubjectSpec(costumes.draw_hat, 0.3, breadth=1.5, beside=0.5),
        "book": SubjectSpec(objects.draw_book, 0.36, breadth=1.5, turns=False, beside=0.55),
        "lamp": SubjectSpec(objects.draw_lamp, 0.42, breadth=0.7, beside=0.55),
        "candle": SubjectSpec(objects.draw_candle, 0.36, breadth=0.9, beside=0.55),
        "guitar": SubjectSpec(objects.draw_guitar, 0.54, breadth=0.5),
        "violin": SubjectSpec(kitchenware.draw_violin, 0.54, breadth=0.7),
        "piano": SubjectSpec(objects.draw_piano, 0.36, breadth=1.4, turns=False),
        "clock": SubjectSpec(objects.draw_clock, 0.38, breadth=0.9, turns=False, beside=0.55),
        "crown": SubjectSpec(objects.draw_crown, 0.28, breadth=1.4, beside=0.55),
        "heart": SubjectSpec(objects.draw_heart, 0.36, breadth=1.1, beside=0.55),
        "diamond": SubjectSpec(objects.draw_diamond, 0.34, breadth=1.1, beside=0.55),
        "apple": SubjectSpec(food.draw_apple, 0.3, breadth=1.0, beside=0.55),
        "cake": SubjectSpec(food.draw_cake, 0.4, breadth=1.3, beside=0.55),
        "pizza": SubjectSpec(food.draw_pizza, 0.38, breadth=1.2, beside=0.55),
        "icecream": SubjectSpec(food.draw_icecream, 0.42, breadth=0.7, beside=0.55),
        "burger": SubjectSpec(food.draw_burger, 0.32, breadth=1.1, beside=0.55),
        "umbrella": SubjectSpec(objects.draw_umbrella, 0.44, breadth=1.1, beside=0.55),
        "chair": SubjectSpec(objects.draw_chair, 0.38, breadth=1.1),
        "bottle": SubjectSpec(food.draw_bottle, 0.46, breadth=0.7, beside=0.55),
        "sword": SubjectSpec(objects.draw_sword, 0.44, breadth=0.8, beside=0.55),
        "gift": SubjectSpec(objects.draw_gift, 0.34, breadth=0.9, beside=0.55),
        "chest": SubjectSpec(objects.draw_chest, 0.3, breadth=1.1),
        "camera": SubjectSpec(objects.draw_camera, 0.3, breadth=1.2, turns=False, beside=0.55),
        "computer": SubjectSpec(objects.draw_computer, 0.36, breadth=1.4, turns=False, beside=0.55),
        "skull": SubjectSpec(objects.draw_skull, 0.32, breadth=0.9, beside=0.55),
        "kite": SubjectSpec(objects.draw_kite, 0.34, Stance.FLY, 0.8, beside=0.55),
    }
)
