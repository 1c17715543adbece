from collections import Counter
from collections.abc import Mapping
from datetime import date
from statistics import median

from tests.architecture.tree import functions, modules, name_of

MODULE_LINES = 500
MEDIAN_MODULE_LINES = 120
NINTH_DECILE_MODULE_LINES = 350
FUNCTION_LINES = 40
DIALECT_LINES = 400
LARGER_DIALECTS = {"kubeez", "openapi"}  # REST and MCP; the descriptions of all of them

# A module or module:function that may be longer, until this date.
EXCEPTIONS: Mapping[str, date] = {}


def _lines_of_modules() -> dict[str, int]:
    return {name_of(path): len(path.read_text().splitlines()) for path in modules()}


def test_no_module_is_longer_than_500_lines() -> None:
    long = {name: lines for name, lines in _lines_of_modules().items() if lines > MODULE_LINES}

    assert {name: lines for name, lines in long.items() if name not in EXCEPTIONS} == {}


def test_the_median_and_the_ninth_decile_of_module_lengths() -> None:
    lines = sorted(lines for lines in _lines_of_modules().values() if lines > 3)

    assert median(lines) <= MEDIAN_MODULE_LINES
    assert lines[len(lines) * 9 // 10] <= NINTH_DECILE_MODULE_LINES


def test_no_function_is_longer_than_40_lines() -> None:
    long = {}
    for path in modules():
        for function in functions(path):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > FUNCTION_LINES:
                long[f"{name_of(path)}:{function.name}"] = lines

    assert {name: lines for name, lines in long.items() if name not in EXCEPTIONS} == {}


def test_a_package_of_dialects_has_at_most_400_lines() -> None:
    lines: Counter[str] = Counter()
    for name, length in _lines_of_modules().items():
        if name.startswith("dialects/") and name.count("/") > 1:
            lines[name.split("/")[1]] += length

    long = {name for name, length in lines.items() if length > DIALECT_LINES}
    assert long == LARGER_DIALECTS


def test_no_exception_has_expired() -> None:
    assert {name: until for name, until in EXCEPTIONS.items() if until < date.today()} == {}
