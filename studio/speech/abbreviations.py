"""Spoken forms of abbreviations, units, currencies and symbols."""

from collections.abc import Mapping
from types import MappingProxyType

ABBREVIATIONS: Mapping[str, str] = MappingProxyType(
    {
        r"Mr\.": "Mister",
        r"Mrs\.": "Missis",
        r"Ms\.": "Miz",
        r"Dr\.": "Doctor",
        r"Prof\.": "Professor",
        r"Jr\.": "Junior",
        r"Sr\.": "Senior",
        r"St\.(?=\s[A-Z])": "Saint",
        r"vs\.?": "versus",
        r"etc\.": "et cetera",
        r"approx\.": "approximately",
        r"dept\.": "department",
        r"est\.": "established",
        r"No\.(?=\s?\d)": "number",
        r"Ave\.": "Avenue",
        r"Blvd\.": "Boulevard",
        r"Inc\.": "Incorporated",
        r"Ltd\.": "Limited",
        r"w/o": "without",
        r"w/": "with ",
    }
)

CURRENCIES: Mapping[str, tuple[str, str, str, str]] = MappingProxyType(
    {
        "$": ("dollar", "dollars", "cent", "cents"),
        "£": ("pound", "pounds", "penny", "pence"),
        "€": ("euro", "euros", "cent", "cents"),
        "¥": ("yen", "yen", "", ""),
        "₹": ("rupee", "rupees", "paisa", "paise"),
        "₩": ("won", "won", "", ""),
    }
)

UNITS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "km/h": ("kilometer per hour", "kilometers per hour"),
        "mph": ("mile per hour", "miles per hour"),
        "km": ("kilometer", "kilometers"),
        "cm": ("centimeter", "centimeters"),
        "mm": ("millimeter", "millimeters"),
        "m": ("meter", "meters"),
        "ft": ("foot", "feet"),
        "mi": ("mile", "miles"),
        "kg": ("kilogram", "kilograms"),
        "mg": ("milligram", "milligrams"),
        "g": ("gram", "grams"),
        "lb": ("pound", "pounds"),
        "lbs": ("pound", "pounds"),
        "oz": ("ounce", "ounces"),
        "ml": ("milliliter", "milliliters"),
        "L": ("liter", "liters"),
        "KB": ("kilobyte", "kilobytes"),
        "MB": ("megabyte", "megabytes"),
        "GB": ("gigabyte", "gigabytes"),
        "TB": ("terabyte", "terabytes"),
        "Hz": ("hertz", "hertz"),
        "kHz": ("kilohertz", "kilohertz"),
        "MHz": ("megahertz", "megahertz"),
        "GHz": ("gigahertz", "gigahertz"),
        "ms": ("millisecond", "milliseconds"),
        "s": ("second", "seconds"),
        "min": ("minute", "minutes"),
        "h": ("hour", "hours"),
        "hrs": ("hour", "hours"),
        "fps": ("frame per second", "frames per second"),
        "px": ("pixel", "pixels"),
        "W": ("watt", "watts"),
        "kW": ("kilowatt", "kilowatts"),
        "V": ("volt", "volts"),
        "°C": ("degree Celsius", "degrees Celsius"),
        "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
        "°": ("degree", "degrees"),
        "K": ("thousand", "thousand"),
        "k": ("thousand", "thousand"),
        "M": ("million", "million"),
        "B": ("billion", "billion"),
    }
)

SYMBOLS: Mapping[str, str] = MappingProxyType(
    {
        "&": "and",
        "@": "at",
        "%": "percent",
        "+": "plus",
        "=": "equals",
        "<": "less than",
        ">": "greater than",
        "$": "dollar",
        "£": "pound",
        "€": "euro",
        "¥": "yen",
        "°": "degrees",
        "©": "copyright",
        "×": "times",
        "÷": "divided by",
        "±": "plus or minus",
        "√": "square root of",
        "∞": "infinity",
        "≈": "about",
        "≠": "is not",
        "≤": "at most",
        "≥": "at least",
        "→": "to",
    }
)

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)

DIGITS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "es": ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
        "it": ("zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove"),
    }
)
