"""Vocabulary of scenes: tables from words to places, lighting, weather, colours and styles."""

from collections.abc import Mapping
from types import MappingProxyType

from studio.prompt_words import words_of
from studio.scene.colour import Colour, rgb


def _by_word(table: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType({word: meaning for meaning, words in table.items() for word in words.split()})


PLACES = _by_word(
    {
        "city": "city cities skyline skyscraper skyscrapers metropolis "
        "downtown cyberpunk urban tokyo manhattan megacity"
        " rooftop rooftops cityscape hongkong dystopian york",
        "street": "street streets alley town village suburb road market avenue neighbourhood neighborhood paris lane"
        " highway sidewalk shop cafe",
        "sea": "ocean sea seascape waves harbor harbour coast coastal bay pirate sailing seaside horizon",
        "beach": "beach shore coastline seashore surf surfing holiday",
        "island": "island islands lagoon atoll paradise maldives tropical",
        "underwater": "underwater reef coral seabed aquarium submerged deep-sea "
        "mermaid atlantis under-the-sea beneath-the-sea under-water",
        "lake": "lake river pond fjord reservoir swamp loch wetland stream waterfall canal",
        "forest": "forest forests woods woodland jungle rainforest bamboo grove redwood fairy enchanted",
        "desert": "desert deserts dune dunes sahara canyon mars martian egypt egyptian sandy oasis arid wasteland",
        "space": "space galaxy galaxies nebula planet planets cosmos cosmic universe orbit interstellar asteroid alien"
        " aliens sci-fi spaceship milky-way saturn jupiter",
        "field": "meadow meadows field fields farm farmland pasture prairie countryside grassland savanna savannah"
        " vineyard wheat lavender poppies hills hill hillside steppe plain",
        "garden": "garden gardens park orchard backyard zen greenhouse courtyard",
        "mountain": "mountain mountains alps alpine peak peaks valley cliff cliffs summit himalaya ridge everest fuji",
        "volcano": "volcano volcanic lava magma hell inferno apocalypse mordor eruption",
        "snowfield": "snowfield snowfields tundra glacier antarctica antarctic arctic iceberg ski skiing siberia",
        "room": "room interior bedroom livingroom living-room kitchen library office indoor indoors studio sofa couch"
        " fireplace bed desk window apartment museum classroom",
        "windowsill": "windowsill windowsills window-sill window-ledge sill",
        "table": "table still-life breakfast dinner product tabletop",
        "abstract": "abstract pattern fractal geometric swirl swirls psychedelic texture marble fluid shapes gradient"
        " kaleidoscope wallpaper mandala",
    }
)

HOURS = _by_word(
    {
        "day": "day daytime noon sunny bright summer midday daylight blue-sky",
        "dawn": "dawn sunrise morning",
        "sunset": "sunset romantic",
        "golden": "golden-hour evening afternoon",
        "dusk": "dusk twilight",
        "night": "night midnight moonlit moonlight moon starry stars dark "
        "aurora northern-lights borealis nocturnal constellation"
        " fireworks firework",
        "neon": "neon cyberpunk synthwave vaporwave retrowave cyber futuristic electric outrun",
        "storm": "storm stormy thunder thunderstorm lightning tempest hurricane tornado",
        "overcast": "overcast foggy misty fog mist rainy rain cloudy",
        "pastel": "pastel",
        "fire": "fire hell lava inferno volcano apocalypse volcanic burning flames eruption magma demonic",
    }
)

# The lighting for a mood, used if the prompt names no time of day.
MOODS = _by_word(
    {
        "golden": "warm cosy cozy autumn nostalgic peaceful",
        "pastel": "dreamy dream cute kawaii candy soft whimsical",
        "overcast": "bleak melancholy sad lonely",
        "storm": "gloomy ominous",
        "night": "halloween haunted spooky",
        "day": "happy cheerful joyful",
    }
)

SEASONS = _by_word(
    {
        "autumn": "autumn fall october november harvest autumnal",
        "winter": "winter snow snowy snowing christmas frozen icy ice frost frosty blizzard december snowfall",
        "spring": "spring blossom blossoms cherry sakura april",
        "summer": "summer july august",
    }
)

WEATHERS = _by_word(
    {
        "rain": "rain rainy raining storm stormy monsoon drizzle thunderstorm thunder downpour",
        "snow": "snow snowy snowing snowfall blizzard christmas",
        "glow": "magic magical fairy fireflies firefly sparkle sparkles sparkling enchanted lanterns embers glowing"
        " mystical",
    }
)

SIGHTS = _by_word(
    {
        "fog": "fog foggy mist misty haze hazy smoke smoky",
        "aurora": "aurora northern-lights borealis",
        "rainbow": "rainbow rainbows",
        "stars": "stars starry constellation milky-way night midnight",
        "meteor": "meteor meteors comet comets shooting",
        "fireworks": "fireworks firework celebration",
        "lightning": "lightning thunder thunderstorm",
        "moon": "moon moonlit moonlight moonrise crescent full-moon",
        "sun": "sun sunny sunshine sunlight",
        "clouds": "clouds cloud cloudy",
        "sky": "sky skies",
        "flowers": "flowers blooming wildflowers poppies tulips blossoms blossom lavender daisies roses floral",
        "lake": "lake river pond lagoon",
        "waterfall": "waterfall waterfalls cascade",
        "rings": "rings ringed saturn",
        "planet": "planet planets saturn jupiter ringed",
        "wild": "wild rough epic dramatic stormy huge giant",
    }
)

STYLES = _by_word(
    {
        "noir": "noir film-noir monochrome greyscale grayscale black-and-white",
        "watercolour": "watercolour watercolor gouache aquarelle",
        "oil": "oil oil-painting impressionist painterly impasto gogh monet",
        "neon": "neon-punk neonpunk synthwave vaporwave outrun glitch",
        "pixel": "pixel pixel-art pixelated 8-bit 8bit 16-bit pixelart",
        "sketch": "sketch pencil drawing charcoal drawn lineart line-art engraving ink",
        "vintage": "vintage retro sepia antique analog-film analogue-film 1970s polaroid nostalgic",
        "poster": "poster minimalist minimal flat ukiyo ukiyo-e woodcut linocut screenprint flat-design",
        "vivid": "vivid vibrant digital-art hyperreal colourful colorful hdr saturated",
        "soft": "bokeh blurry blurred soft-focus dreamy fantasy-art",
        "comic": "comic comics comic-book comicbook manga pop-art popart cartoon cartoonish lichtenstein graphic-novel"
        " superhero-comic",
        "anime": "anime ghibli studio-ghibli shinkai cel-shaded cel-shading cel waifu",
        "clay": "clay claymation plasticine 3d 3d-render 3d-rendered 3d-model cgi pixar blender octane unreal-engine"
        " unreal rendered modeling-compound c4d low-poly lowpoly",
        "photo": "photo photos photograph photography photographic photoreal photorealistic photorealism"
        " photo-realistic realistic realism lifelike dslr cinematic film-still movie-still documentary 35mm 50mm 85mm"
        " natural raw-photo",
        "isometric": "isometric isometrical isometry axonometric diorama",
    }
)

# Words without a visible meaning of their own: they are neither drawn nor reported as unknown.
IGNORED = words_of(
    "a an the this that these those some any each every all another other its his her their my your our it he she "
    "they we you i who whose which what where when while as is are was were be been being has have having do does "
    "did can will would with without within of on in at by and or but for from to into onto over under near next "
    "behind between above below across along around through against among beside inside outside upon up down out "
    "off so very too more most much many also just only than then there here like not no picture image "
    "illustration painting render rendering scene view shot close closeup portrait landscape style artwork art "
    "background foreground composition create make draw show please want generate depicting featuring showing "
    "beautiful stunning gorgeous amazing awesome nice perfect detailed highly intricate quality high best "
    "masterpiece award winning professional sharp focus ultra super hd uhd full resolution trending artstation"
)

COUNTS: Mapping[str, int] = MappingProxyType(
    {
        "two": 2, "pair": 2, "couple": 2, "three": 3, "trio": 3, "four": 4, "five": 5, "six": 6,
        "several": 4, "many": 6, "herd": 5, "group": 4, "fleet": 5, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6,
    }
)  # fmt: skip

SIZES: Mapping[str, float] = MappingProxyType(
    {"giant": 1.5, "huge": 1.5, "big": 1.25, "large": 1.25, "massive": 1.6, "tiny": 0.6, "small": 0.75, "little": 0.75}
)

COLOURS: Mapping[str, Colour] = MappingProxyType(
    {
        name: rgb(code)
        for name, code in {
            "red": "#e5303f", "scarlet": "#e0311d", "crimson": "#b3123f", "maroon": "#7a1830", "ruby": "#c3123f",
            "blue": "#2468ee", "navy": "#16286e", "azure": "#3a9bff", "indigo": "#3d2ca8", "cobalt": "#1546c0",
            "green": "#2fa04e", "lime": "#9bdc28", "olive": "#7d8532", "emerald": "#12a86c", "mint": "#8fe3bd",
            "purple": "#8032c8", "violet": "#8a3fe0", "lavender": "#b79cf0", "lilac": "#c8a2e8", "magenta": "#e0259f",
            "pink": "#ff6fae", "orange": "#fb8310", "amber": "#ffb31a", "peach": "#ffb48a",
            "coral": "#ff7658", "yellow": "#ffd816", "gold": "#f4b81c", "golden": "#f4b81c", "teal": "#1795a2",
            "turquoise": "#2cc7bb", "cyan": "#10d2f5", "aqua": "#3cdcd6", "white": "#f6f7f9", "ivory": "#f4eedb",
            "black": "#1c1c26", "grey": "#8b919c", "gray": "#8b919c", "silver": "#c8ced9", "brown": "#8a5a36",
            "copper": "#c06a3c", "bronze": "#a9773a", "beige": "#e2d0ac", "sepia": "#a5814f",
        }.items()
    }
)  # fmt: skip

# Colour words that name a species rather than a paint colour.
NATURAL: Mapping[tuple[str, str], Colour] = MappingProxyType(
    {("fox", "red"): rgb("#d8561f"), ("panda", "red"): rgb("#b5522a"), ("deer", "red"): rgb("#a05a30")}
)
