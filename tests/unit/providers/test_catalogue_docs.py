"""The examples of docs/catalogue.md work, and the page names every key and mode."""

import re
import tomllib
from pathlib import Path

import pytest

from providers.catalogue import Route, load_catalogue
from providers.catalogue.file_schema import RATE, ROUTE
from providers.catalogue.route_validation import VALUE_MAP

PAGE = (Path(__file__).parents[3] / "docs" / "catalogue.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=[tomllib.loads(example)["id"] for example in EXAMPLES])
def test_an_example_of_the_page_is_a_catalogue_file(example: str, tmp_path: Path) -> None:
    path = tmp_path / "example.toml"
    path.write_text(example, encoding="utf-8")
    data = tomllib.loads(example)

    catalogue = load_catalogue(path)

    assert (data["id"] in catalogue.by_name) != data.get("disabled", False)
    if "routes" in data:
        assert len(catalogue.get(data["id"]).routes) == len(data["routes"])


def test_all_examples_of_the_page_work_in_one_directory(tmp_path: Path) -> None:
    for example in EXAMPLES:
        (tmp_path / f"{tomllib.loads(example)['id']}.toml").write_text(example, encoding="utf-8")

    ids = {provider.id for provider in load_catalogue(tmp_path).providers}
    assert ids == {provider.id for provider in load_catalogue().providers} - {"veo3"} | {"our-flux"}


def test_the_page_names_every_key_of_a_route_and_of_a_price_every_mode_and_every_backend() -> None:
    named = set(re.findall(r"`([\w.-]+)`", PAGE))
    providers = load_catalogue().providers

    keys = {{"value_map": VALUE_MAP}.get(name, name) for name in Route.__dataclass_fields__}
    assert {*ROUTE.required, *ROUTE.optional} == keys
    assert named >= {*ROUTE.required, *ROUTE.optional, *RATE.optional, "since"}
    assert named >= {mode for provider in providers for mode in provider.modes}
    assert named >= {route.backend for provider in providers for route in provider.routes}
