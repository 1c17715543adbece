"""The routing of a request selects and orders the routes of its provider."""

import pytest

from generations.generation import Routing
from generations.routing.availability import routes_allowed_by
from providers.catalogue import load_catalogue
from providers.catalogue.vendor_routes import VENDORS

CATALOGUE = load_catalogue()


@pytest.mark.parametrize(
    ("provider", "routing", "backends"),
    [
        ("flux-pro", None, ["bfl", "fal", "replicate"]),
        ("flux-pro", Routing.AUTO, ["fal", "replicate", "bfl"]),
        ("flux-pro", Routing.VALUE, ["fal", "replicate"]),
        ("flux-pro", Routing.OFFICIAL, ["bfl"]),
        ("suno", Routing.OFFICIAL, []),
        ("local-image", Routing.OFFICIAL, ["local"]),
        ("local-image", Routing.VALUE, ["local"]),
    ],
)
def test_a_routing_selects_the_upstreams(provider: str, routing: Routing | None, backends: list[str]) -> None:
    found = CATALOGUE.get(provider)

    assert list(dict.fromkeys(route.backend for route in routes_allowed_by(routing, found, found.routes))) == backends


def test_every_vendor_is_one_of_the_catalogue() -> None:
    vendors = {provider.vendor for provider in CATALOGUE.providers}

    assert vendors >= frozenset().union(*VENDORS.values())
