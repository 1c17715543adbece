"""Viewers, which decide whether subscriptions are shared."""

from dataclasses import replace
from typing import cast

import pytest

from accounts.plans import PlanName
from accounts.principal import DEFAULT_SCOPES, Principal, Scope
from generations.services import Services
from resolvers.context import Context

OWNER = Principal("acc_1", "key_1", PlanName.PRO, True, frozenset(DEFAULT_SCOPES))
BASE_URL = "http://here"


def viewer(principal: Principal, base_url: str = BASE_URL) -> object:
    services = cast(Services, None)
    context = Context(principal, services, lambda key, name, until: "", None, {}, lambda key_id: None, base_url)
    return context.viewer


def test_keys_of_one_account_with_the_same_scopes_are_one_viewer() -> None:
    assert viewer(OWNER) == viewer(replace(OWNER, key_id="key_2"))
    assert hash(viewer(OWNER)) == hash(viewer(replace(OWNER, key_id="key_2")))


@pytest.mark.parametrize(
    "other",
    [
        viewer(replace(OWNER, account_id="acc_2")),
        viewer(replace(OWNER, test_mode=False)),
        viewer(replace(OWNER, scopes=frozenset({Scope.READ}))),
        viewer(replace(OWNER, generation_id="gen_1")),
        viewer(OWNER, "https://elsewhere"),
    ],
)
def test_another_account_mode_scope_or_base_url_is_another_viewer(other: object) -> None:
    assert viewer(OWNER) != other
