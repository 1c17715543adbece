"""The operator's catalogue files: what they add, change and remove, and the errors that name file, line and rule."""

from datetime import date
from pathlib import Path

import pytest

from providers.catalogue import Catalogue, CatalogueError, load_catalogue, price, typical_price, validate_request
from providers.catalogue.routes import request_mode, serves, upstream_parameters

TODAY = date(2026, 11, 28)
OUR_FLUX = """
id = "our-flux"
aliases = ["house-model"]
name = "Our Flux"
vendor = "Us"
type = "IMAGE"
description = "Flux on our own GPU."
modes = ["text-to-image"]
features = ["Free"]
quality = 0.7
speed = 0.9
time = { base = 3.0 }

[content]
text = { required = true, maximum = 2000 }

[options]
width = { minimum = 256, maximum = 1536, default = 1024 }
height = { minimum = 256, maximum = 1536, default = 1024 }
seed = {}

[[rates]]
since = 2026-01-01
kind = "flat"
amount = 1.0

[[routes]]
backend = "openai"
model = "flux-1-dev"
fields = { text = "prompt", seed = "seed" }
templates = { size = "{width}x{height}" }
"""


def load(tmp_path: Path, text: str, name: str = "one.toml") -> Catalogue:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return load_catalogue(path)


def refused(tmp_path: Path, text: str) -> CatalogueError:
    with pytest.raises(CatalogueError) as raised:
        load(tmp_path, text)
    return raised.value


def test_a_file_with_a_new_id_adds_a_provider(tmp_path: Path) -> None:
    catalogue = load(tmp_path, OUR_FLUX)

    added = catalogue.get("house-model")
    validated = validate_request(added, {"text": "a fox"}, {"seed": 5})
    assert added.id == "our-flux"
    assert len(catalogue.providers) == len(load_catalogue().providers) + 1
    assert [provider.id for provider in catalogue.providers] == sorted(provider.id for provider in catalogue.providers)
    parameters = upstream_parameters(added, added.routes[0], validated.content, validated.options, seed=5)
    assert parameters == {"prompt": "a fox", "seed": 5, "size": "1024x1024"}


def test_the_built_in_catalogue_is_not_changed_by_an_operator_file(tmp_path: Path) -> None:
    load(tmp_path, 'id = "kling"\nquality = 0.1\n[options]\nduration = { allowed = [5], default = 5 }\n')

    kling = load_catalogue().get("kling")
    assert kling.quality == 0.9
    assert kling.options["duration"].allowed == (5, 10)


def test_a_known_id_changes_the_given_keys_alone(tmp_path: Path) -> None:
    catalogue = load(
        tmp_path,
        'id = "kling"\nquality = 0.5\n\n[options.mode]\ndefault = "pro"\n\n'
        '[[rates]]\nsince = 2026-01-01\nkind = "flat"\namount = 77.0\n',
    )

    kling, built_in = catalogue.get("kling"), load_catalogue().get("kling")
    assert kling.quality == 0.5
    assert kling.options["mode"].default == "pro"
    assert kling.options["mode"].allowed == built_in.options["mode"].allowed
    assert kling.options["duration"] == built_in.options["duration"]
    assert kling.routes == built_in.routes
    assert price(kling, validate_request(kling, {"text": "a fox"}, {}), TODAY) == 77


def test_a_value_that_is_no_longer_allowed_is_paid_where_a_route_buys_it_nevertheless(tmp_path: Path) -> None:
    catalogue = load(
        tmp_path, 'id = "kling"\n[options]\nmode = { allowed = ["standard", "pro"], default = "standard" }\n'
    )

    assert typical_price(catalogue.get("kling"), TODAY) == 360


def test_fewer_allowed_values_leave_the_built_in_routes_and_prices_of_the_others(tmp_path: Path) -> None:
    catalogue = load(
        tmp_path,
        'id = "kling"\n[options]\nmode = { allowed = ["pro"], default = "pro" }\n'
        "duration = { allowed = [5], default = 5 }\n",
    )

    kling, built_in = catalogue.get("kling"), load_catalogue().get("kling")
    validated = validate_request(kling, {"text": "a fox"}, {})
    assert price(kling, validated, TODAY) == price(
        built_in, validate_request(built_in, {"text": "a fox"}, {"mode": "pro"}), TODAY
    )
    assert 0 < len(kling.routes) < len(built_in.routes)
    assert all("standard" not in route.when.get("mode", ()) for route in kling.routes)  # type: ignore[operator]


def test_given_routes_replace_the_built_in_ones_and_what_they_have_in_common(tmp_path: Path) -> None:
    catalogue = load(
        tmp_path,
        'id = "suno"\n\n[[routes]]\nbackend = "apixo"\nmodel = "suno-v5"\nneeds_links = true\n'
        'fields = { text = "prompt" }\n',
    )

    (route,) = catalogue.get("suno").routes
    assert (route.backend, route.needs_links, dict(route.fields)) == ("apixo", True, {"text": "prompt"})


def test_a_provider_can_be_disabled(tmp_path: Path) -> None:
    catalogue = load(tmp_path, 'id = "kling"\ndisabled = true\n')

    assert "kling" not in catalogue.by_name
    assert "kling-i2v" in catalogue.by_name


def test_a_directory_has_a_file_for_each_provider(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(OUR_FLUX, encoding="utf-8")
    (tmp_path / "b.toml").write_text('id = "veo3"\ndisabled = true\n', encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not read", encoding="utf-8")

    catalogue = load_catalogue(tmp_path)

    assert "our-flux" in catalogue.by_name
    assert "veo3" not in catalogue.by_name


def test_a_range_is_a_condition_of_a_route(tmp_path: Path) -> None:
    big = '\n[[routes]]\nbackend = "fal"\nmodel = "fal-ai/flux/dev"\nfields = { text = "prompt" }\n'
    catalogue = load(tmp_path, OUR_FLUX + "when = { width = { maximum = 1024 } }\n" + big)

    provider = catalogue.get("our-flux")
    for width, backends in ((1024, ["openai", "fal"]), (1025, ["fal"])):
        validated = validate_request(provider, {"text": "a fox"}, {"width": width})
        mode = request_mode(provider.type, validated.content)
        found = [one for one in provider.routes if serves(one, mode=mode, options=validated.options, today=TODAY)]
        assert [route.backend for route in found] == backends


@pytest.mark.parametrize(
    ("old", "new", "line", "rule"),
    [
        ("quality = 0.7", "quality = 7", 10, "quality and speed must be 0 to 1"),
        ("quality = 0.7", 'quality = "high"', 10, "quality: this must be a number"),
        ("quality = 0.7", "qualty = 0.7", 10, "unknown qualty"),
        ('vendor = "Us"\n', "", 2, "vendor is missing"),
        ('type = "IMAGE"', 'type = "PICTURE"', 6, "'PICTURE' is not one of IMAGE, VIDEO"),
        ('modes = ["text-to-image"]', 'modes = "text-to-image"', 8, "modes: this must be a list of texts"),
        ('modes = ["text-to-image"]', "modes = []", 8, "there is no mode"),
        ("seed = {}", "sed = {}", 20, "unknown option 'sed'"),
        ("default = 1024 }\nheight", "default = 99 }\nheight", 18, "the default of width is out of range"),
        ("since = 2026-01-01", 'since = "yesterday"', 23, "this must be a date such as 2027-01-31"),
        ('kind = "flat"', 'kind = "weekly"', 22, "'weekly' is not a kind of price"),
        ('backend = "openai"', 'backend = " "', 28, "[[routes]] 1, backend: this must be a text"),
        ('text = "prompt", seed', 'txt = "prompt", seed', 30, "'txt' is not an option or a content field"),
        ('"{width}x{height}"', '"{width}x{hight}"', 31, "'hight' is not an option or a content field"),
        ('"{width}x{height}"', '"1024x1024"', 31, "names no option such as {width}"),
        ("templates =", "template =", 31, "unknown template"),
        ('model = "flux-1-dev"', 'modes = ["image-to-image"]', 29, "'image-to-image' is not a mode of our-flux"),
        ('model = "flux-1-dev"', "when = { width = [] }", 29, "a table of lists of values"),
        ('model = "flux-1-dev"', 'when = { width = ["wide"] }', 29, "'wide' is not of the type INTEGER"),
        ('model = "flux-1-dev"', 'prompt_suffixes = { seed = ", noir" }', 29, "the text must contain {seed} once"),
        ('model = "flux-1-dev"', "constants = { today = 2026-01-01 }", 29, "is not JSON"),
        ('seed = "seed"', 'seed = "a..b"', 30, "'a..b' is not a path such as `a.b`"),
    ],
)
def test_an_error_names_the_file_the_line_the_rule_and_an_example(
    tmp_path: Path, old: str, new: str, line: int, rule: str
) -> None:
    assert OUR_FLUX.count(old) == 1

    error = refused(tmp_path, OUR_FLUX.replace(old, new))

    assert rule in str(error)
    assert (error.path.name, error.line) == ("one.toml", line)
    assert str(error).startswith(f"{error.path}:{line}: ")
    assert ". For example: " in str(error)


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        ("id = \n", 1, "this is not TOML"),
        ('id = "x"\n[options\n', 2, "this is not TOML"),
        ("quality = 0.5\n", 1, "the file names no provider"),
        ("id = 5\n", 1, "the file names no provider"),
        ('id = "klng"\ndisabled = true\n', 1, "there is no provider 'klng' to disable; perhaps 'kling'"),
        ('id = "kling"\ndisabled = "yes"\n', 2, "disabled must be true or false"),
        ('id = "Kling Pro"\n', 1, "is missing"),
        ('id = "kling"\naliases = ["hailuo"]\n', 2, "'minimax' is also called 'hailuo'"),
        ('id = "kling"\naliases = ["A B"]\n', 1, "'A B' must consist of lower-case letters"),
        ('id = "kling"\n[options]\nmode = 5\n', 3, "options.mode: this must be a table"),
        ('id = "kling"\n[options]\nmode = { allowed = ["pro"] }\n', 3, "the default of mode is not allowed"),
        ('id = "kling"\noptions = 5\n', 2, "options: this must be a table"),
        ('id = "kling"\n[[routes]]\nbackend = "fal"\nmodes = ["text-to-video"]\n', None, "no route serves the mode"),
        ('id = "kling"\n[common.fal]\nfield = {}\n', 3, "common.fal.field: unknown field"),
    ],
)
def test_errors_of_files_that_change_providers(tmp_path: Path, text: str, line: int | None, rule: str) -> None:
    error = refused(tmp_path, text)

    assert rule in str(error)
    assert error.line == (line or 1)


def test_two_files_cannot_be_about_one_provider(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('id = "kling"\nquality = 0.5\n', encoding="utf-8")
    (tmp_path / "b.toml").write_text('id = "kling"\nspeed = 0.5\n', encoding="utf-8")

    with pytest.raises(CatalogueError, match=r"b\.toml:1: a\.toml is already about 'kling'"):
        load_catalogue(tmp_path)


def test_what_is_no_readable_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="there is no such file or directory"):
        load_catalogue(tmp_path / "missing.toml")

    (tmp_path / "one.toml").write_bytes(b'id = "kling"\n\xff')
    with pytest.raises(CatalogueError, match=r"one\.toml:2: the file is not UTF-8"):
        load_catalogue(tmp_path)

    (tmp_path / "one.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(CatalogueError, match="more than 1,000,000 bytes"):
        load_catalogue(tmp_path)


def test_a_combination_of_a_route_with_what_is_built_in_names_the_route(tmp_path: Path) -> None:
    text = 'id = "suno"\n\n[[routes]]\nbackend = "kie"\n\n[[routes]]\nbackend = "apixo"\n[routes.fields]\nsong = "x"\n'

    error = refused(tmp_path, text)

    assert error.line == 9
    assert "[[routes]] 2, fields.song" in str(error)
