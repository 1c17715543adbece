"""Models and routes that retire soon or have retired."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from providers.catalogue import Retirement, load_catalogue, retirements

CATALOGUE = load_catalogue()
VEO_ENDS = date(2026, 11, 17)


@pytest.mark.parametrize(
    ("today", "is_listed", "is_retired"),
    [
        (VEO_ENDS - timedelta(days=31), False, False),
        (VEO_ENDS - timedelta(days=30), True, False),
        (VEO_ENDS - timedelta(days=1), True, False),
        (VEO_ENDS, True, True),
        (VEO_ENDS + timedelta(days=365), True, True),
    ],
)
def test_a_route_is_listed_from_thirty_days_before_its_model_retires(
    today: date, is_listed: bool, is_retired: bool
) -> None:
    found = [one for one in retirements(CATALOGUE, today=today) if one.model == "veo-3.1-generate-001"]

    expected = Retirement(
        "veo3", "google", "veo-3.1-generate-001", VEO_ENDS, "veo-3.1-lite-generate-001", is_retired=is_retired
    )
    assert found == ([expected] if is_listed else [])


def test_models_that_clients_select_are_listed_by_date_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "wan.toml"
    path.write_text('id = "wan"\n[[models]]\nid = "2.2"\nname = "Wan 2.2"\nretires_on = 2026-11-02\n', encoding="utf-8")

    found = retirements(load_catalogue(path), today=date(2026, 11, 10))

    assert [(one.provider, one.is_retired) for one in found] == [("wan", True), ("veo3", False)]
    assert [one.describe() for one in found] == [
        "wan: the model 2.2 was retired on 2026-11-02.",
        "veo3: the model veo-3.1-generate-001 of google will be retired on 2026-11-17; it is replaced by "
        "veo-3.1-lite-generate-001.",
    ]
