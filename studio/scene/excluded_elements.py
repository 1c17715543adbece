"""Scene elements that a prompt can exclude, the words for them, and the elements a place requires."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from studio.prompt_words import words_of
from studio.scene import scene_vocabulary as vocab
from studio.scene.subject_names import SUBJECT_NAMES

_WORDS_BY_ELEMENT: Mapping[str, str] = MappingProxyType(
    {
        "flowers": "flower flowers petal petals bloom blooms blossom blossoms poppies tulips daisies roses wildflowers",
        "trees": "tree trees wood woods woodland pine pines fir firs oak oaks leaves leaf foliage branches",
        "plants": "plant plants vegetation greenery",
        "bushes": "bush bushes shrub shrubs hedge hedges",
        "grass": "grass grasses reed reeds weeds",
        "mountains": "mountain mountains peak peaks alps cliffs",
        "hills": "hill hills",
        "clouds": "cloud clouds cloudy overcast",
        "people": "people person persons human humans man men woman women crowd crowds pedestrian pedestrians figure"
        " figures character characters anyone anybody child children boy boys girl girls tourist tourists",
        "cars": "car cars vehicle vehicles traffic automobile automobiles",
        "palms": "palm palms",
        "birds": "bird birds seagull seagulls gull gulls",
        "animals": "animal animals creature creatures wildlife pets",
        "boats": "boat boats ship ships vessel vessels",
        "houses": "house houses home homes cabin cabins village hut huts",
        "buildings": "building buildings architecture skyscraper skyscrapers towers construction constructions",
        "moon": "moon moonlight",
        "sun": "sun sunlight sunshine",
        "stars": "star stars",
        "snow": "snow snowfall snowflakes",
        "rain": "rain raindrops rainfall",
        "water": "water",
        "sand": "sand dunes",
        "road": "road roads path paths street asphalt",
        "lamps": "lamp lamps streetlight streetlights lamppost lampposts",
        "fish": "fish fishes shoal",
        "corals": "coral corals",
        "bubbles": "bubble bubbles",
        "planet": "planet planets",
        "nebula": "nebula nebulae gas",
        "window": "window windows",
        "curtains": "curtain curtains",
        "books": "book books shelf shelves bookshelf",
        "rug": "rug rugs carpet carpets",
        "lava": "lava magma",
    }
)  # fmt: skip
_ELEMENT_BY_WORD: Mapping[str, str] = MappingProxyType(
    {word: element for element, line in _WORDS_BY_ELEMENT.items() for word in line.split()}
)

# Excluding an element also excludes these elements, places and subjects.
_IMPLIED_EXCLUSIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "trees": words_of("tree pine palm palms"),
        "plants": words_of("trees tree pine palm palms bushes flowers flower sunflower cactus grass mushroom"),
        "flowers": words_of("flower sunflower"),
        "palms": words_of("palm"),
        "mountains": words_of("mountain"),
        "people": words_of("person woman elder hero"),
        "cars": words_of("car bus truck motorcycle"),
        "birds": words_of("bird eagle parrot crow duck"),
        "animals": words_of(
            "cat dog fox wolf rabbit bear panda mouse owl penguin frog horse unicorn zebra deer cow sheep pig camel"
            " giraffe lion tiger elephant dinosaur whale dolphin shark fish octopus jellyfish turtle duck bird eagle"
            " parrot crow butterfly bee dragon"
        ),
        "boats": words_of("boat ship canoe"),
        "houses": words_of("house"),
        "buildings": words_of("house houses castle church tower temple"),
        "books": words_of("book"),
        "lamps": words_of("lamp"),
    }
)

_REQUIRED_ELEMENTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "sea": words_of("water"),
        "lake": words_of("water"),
        "beach": words_of("water sand"),
        "island": words_of("water"),
        "underwater": words_of("water"),
        "desert": words_of("sand"),
        "snowfield": words_of("snow"),
        "city": words_of("buildings road"),
        "street": words_of("road"),
        "volcano": words_of("mountains lava"),
        "windowsill": words_of("window"),
    }
)


def excluded_elements(tokens: Collection[str]) -> frozenset[str]:
    """Return everything these words exclude: the words, the elements they name, and all implied exclusions."""
    tables = (vocab.WEATHERS, vocab.SIGHTS, vocab.SEASONS, SUBJECT_NAMES, _ELEMENT_BY_WORD)
    found = frozenset(tokens) | {table[word] for table in tables for word in tokens if word in table}
    literal = (word for word in tokens if word not in vocab.WEATHERS and word not in vocab.SIGHTS)
    hours = {vocab.HOURS[word] for word in literal if word in vocab.HOURS}
    return found.union(hours, *(_IMPLIED_EXCLUSIONS[element] for element in found if element in _IMPLIED_EXCLUSIONS))


def kept_in(place: str, unwanted: Collection[str]) -> tuple[str, ...]:
    """Return the excluded elements that the place cannot be drawn without, sorted."""
    return tuple(sorted(_REQUIRED_ELEMENTS.get(place, frozenset()) & frozenset(unwanted)))
