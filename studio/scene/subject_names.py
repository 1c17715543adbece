"""Vocabulary of the subjects that can be drawn, and the default place of each subject."""

from collections.abc import Mapping
from types import MappingProxyType

_WORDS_BY_SUBJECT: Mapping[str, str] = MappingProxyType(
    {
        "cat": "cat kitten kitty feline tabby",
        "dog": "dog puppy hound corgi terrier retriever labrador husky shiba poodle beagle",
        "fox": "fox vixen",
        "wolf": "wolf wolves coyote werewolf",
        "rabbit": "rabbit bunny hare",
        "bear": "bear grizzly teddy",
        "panda": "panda",
        "mouse": "mouse mice rat hamster",
        "owl": "owl",
        "penguin": "penguin",
        "frog": "frog toad",
        "horse": "horse pony stallion mare",
        "unicorn": "unicorn",
        "zebra": "zebra",
        "deer": "deer stag elk reindeer moose doe",
        "cow": "cow cattle bull calf bison",
        "sheep": "sheep lamb goat",
        "pig": "pig piglet boar",
        "camel": "camel dromedary",
        "giraffe": "giraffe",
        "lion": "lion",
        "tiger": "tiger leopard cheetah jaguar panther",
        "elephant": "elephant mammoth",
        "dinosaur": "dinosaur t-rex godzilla",
        "whale": "whale orca",
        "dolphin": "dolphin",
        "shark": "shark",
        "fish": "fish goldfish koi salmon clownfish",
        "octopus": "octopus squid kraken",
        "jellyfish": "jellyfish",
        "turtle": "turtle tortoise",
        "duck": "duck duckling swan goose geese",
        "bird": "bird seagull gull sparrow crane flock pigeon dove",
        "eagle": "eagle hawk falcon phoenix",
        "crow": "crow raven rook blackbird magpie jackdaw",
        "parrot": "parrot macaw hummingbird robin",
        "butterfly": "butterfly butterflies moth",
        "bee": "bee bumblebee",
        "dragon": "dragon wyvern",
        "house": "house cabin cottage home hut barn villa chalet shed farmhouse mansion",
        "castle": "castle fortress palace citadel",
        "lighthouse": "lighthouse",
        "windmill": "windmill",
        "pyramid": "pyramid",
        "temple": "temple pagoda shrine torii dojo",
        "church": "church chapel cathedral monastery",
        "tower": "tower eiffel minaret",
        "bridge": "bridge",
        "viaduct": "viaduct aqueduct arches stone-bridge arch-bridge",
        "tent": "tent camp camping tipi campfire",
        "car": "car automobile taxi jeep convertible sedan sportscar",
        "bus": "bus van minibus campervan",
        "truck": "truck lorry",
        "train": "train locomotive railway tram",
        "bicycle": "bicycle bike cyclist",
        "motorcycle": "motorcycle motorbike scooter vespa",
        "boat": "boat sailboat yacht dinghy gondola rowboat",
        "canoe": "canoe kayak",
        "ship": "ship galleon steamer frigate ferry",
        "submarine": "submarine",
        "balloon": "balloon hot-air-balloon",
        "party-balloon": "party-balloon toy-balloon helium-balloon birthday-balloon",
        "plane": "plane airplane aeroplane aircraft jet biplane",
        "airship": "airship zeppelin blimp",
        "rocket": "rocket spaceship spacecraft starship shuttle",
        "ufo": "ufo saucer",
        "satellite": "satellite",
        "person": "person man men boy human traveller traveler hiker figure people couple wanderer kid child children"
        " warrior samurai king detective dancer soldier farmer teacher student fisherman surfer",
        "woman": "woman women girl lady princess queen ballerina mother grandmother",
        "elder": "elder grandfather grandpa old-man beard bearded sage hermit",
        "hero": "hero heroes superhero superheroes superheroine superman batman",
        "astronaut": "astronaut cosmonaut spaceman",
        "robot": "robot android droid cyborg mech",
        "wizard": "wizard witch sorcerer mage magician gandalf",
        "knight": "knight paladin",
        "snowman": "snowman",
        "ghost": "ghost spirit phantom",
        "alien": "alien martian extraterrestrial",
        "tree": "tree oak maple bonsai",
        "pine": "pine fir spruce",
        "palm": "palm coconut",
        "mushroom": "mushroom toadstool fungi",
        "flower": "flower rose daisy tulip poppy lily blossom orchid bouquet",
        "sunflower": "sunflower",
        "cactus": "cactus cacti",
        "pumpkin": "pumpkin halloween",
        "bowl": "bowl ramen soup noodle pho udon stew",
        "teapot": "teapot tea-pot kettle",
        "vase": "vase urn",
        "hat": "hat top-hat fedora beanie sombrero bonnet",
        "cup": "cup coffee tea mug espresso latte cappuccino",
        "book": "book novel tome",
        "lamp": "lamp lantern",
        "candle": "candle",
        "guitar": "guitar ukulele",
        "violin": "violin fiddle cello viola",
        "piano": "piano",
        "clock": "clock watch",
        "crown": "crown tiara",
        "heart": "heart love valentine",
        "diamond": "diamond crystal gem jewel",
        "apple": "apple fruit",
        "cake": "cake cupcake birthday",
        "pizza": "pizza",
        "icecream": "icecream ice-cream gelato",
        "burger": "burger hamburger sandwich",
        "umbrella": "umbrella parasol",
        "chair": "chair armchair throne",
        "bottle": "bottle wine potion perfume",
        "sword": "sword katana excalibur",
        "gift": "gift present",
        "chest": "treasure chest",
        "camera": "camera",
        "computer": "computer laptop monitor screen",
        "skull": "skull",
        "kite": "kite",
    }
)

_SUBJECTS_BY_PLACE: Mapping[str, str] = MappingProxyType(
    {
        "sea": "whale dolphin boat ship lighthouse",
        "underwater": "fish octopus jellyfish shark turtle submarine",
        "lake": "duck canoe",
        "space": "rocket astronaut ufo satellite alien",
        "desert": "camel pyramid cactus",
        "snowfield": "penguin snowman",
        "forest": "fox wolf bear deer owl mushroom panda tent pine",
        "field": "horse cow sheep windmill giraffe elephant lion zebra rabbit pig balloon sunflower tree house kite bee"
        " unicorn plane airship butterfly crow party-balloon",
        "garden": "flower butterfly",
        "mountain": "viaduct castle dragon eagle temple church knight",
        "street": "car bus truck bicycle motorcycle umbrella",
        "city": "tower hero",
        "beach": "palm parrot",
        "room": "chair piano guitar violin",
        "table": "bowl teapot vase hat cup book candle clock crown diamond apple cake pizza "
        "icecream burger bottle gift camera computer skull"
        " lamp",
    }
)


def _inflections(word: str) -> tuple[str, ...]:
    """Return the word and its regular plurals."""
    if word.endswith("y"):
        return word, word + "s", word[:-1] + "ies"
    if word.endswith(("s", "x", "ch", "sh")):
        return word, word + "es"
    if word.endswith("f"):
        return word, word + "s", word[:-1] + "ves"
    return word, word + "s"


_IRREGULAR_PLURALS = frozenset(
    ["wolves", "mice", "geese", "cattle", "people", "children", "flock", "fungi", "cacti", "butterflies"]
)
# Subjects whose plural is drawn as one group or spelled like the singular.
_NOT_COUNTED = frozenset({"pyramid", "mushroom", "candle", "sheep", "fish"})

SUBJECT_NAMES: Mapping[str, str] = MappingProxyType(
    {form: name for name, words in _WORDS_BY_SUBJECT.items() for word in words.split() for form in _inflections(word)}
)
DEFAULT_PLACES: Mapping[str, str] = MappingProxyType(
    {name: place for place, names in _SUBJECTS_BY_PLACE.items() for name in names.split()}
)
_PLURALS = _IRREGULAR_PLURALS | {
    form for words in _WORDS_BY_SUBJECT.values() for word in words.split() for form in _inflections(word)[1:]
}


def is_plural(word: str) -> bool:
    """Return whether the word is a plural whose items are drawn separately."""
    return word in _PLURALS and SUBJECT_NAMES[word] not in _NOT_COUNTED


def subject_names() -> tuple[str, ...]:
    """Return the names of all subjects that can be drawn."""
    return tuple(_WORDS_BY_SUBJECT)
