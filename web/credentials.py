"""The API key of a request."""

from collections.abc import Mapping

KEY_HEADERS = ("authorization", "x-api-key")
BEARER = "bearer "


def extract_api_key(headers: Mapping[str, str]) -> str | None:
    """Return the key in `Authorization: Bearer …` or `X-API-Key: …`; header names are in lower case."""
    authorization = headers.get("authorization", "")
    if authorization[: len(BEARER)].lower() == BEARER:
        return authorization[len(BEARER) :].strip() or None
    return headers.get("x-api-key", "").strip() or None
