"""The metrics of a server as Prometheus parses them."""

from collections.abc import Mapping

import httpx
from prometheus_client.parser import text_string_to_metric_families

Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


class Scrape:
    """One response of `/metrics`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.samples: Samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        """Return the sum of all series of the metric that have these labels."""
        wanted = labels.items()
        return sum(
            value for (series, found), value in self.samples.items() if series == name and wanted <= dict(found).items()
        )

    def series(self, prefix: str = "doitong_") -> set[tuple[str, frozenset[tuple[str, str]]]]:
        """Return the series of this server's own metrics."""
        return {series for series in self.samples if series[0].startswith(prefix)}


async def scrape(url: str, *, token: str | None = None) -> Scrape:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(trust_env=False) as http:
        response = await http.get(f"{url}/metrics", headers=headers)
    assert response.status_code == 200, response.text
    return Scrape(response.text)
