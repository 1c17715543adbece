"""The results of a task of the APIXO API, in status responses and in callbacks."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson


def with_results(data: Mapping[str, Any], urls: Sequence[str | None]) -> dict[str, Any]:
    """Return the `data` of a successful task with `resultJson`: a JSON text of the URLs that have not expired."""
    results = orjson.dumps({"resultUrls": [url for url in urls if url is not None]}).decode()
    return {"taskId": data["taskId"], "state": data["state"], "resultJson": results, **data}
