"""Finds the key in a request's headers, the same way for every face."""

from collections.abc import Mapping

BEARER = "bearer "


def extract_api_key(headers: Mapping[str, str]) -> str | None:
    """The key in `Authorization: Bearer …` or `X-API-Key: …`; header names are in lower case."""
    authorization = headers.get("authorization", "")
    if authorization[: len(BEARER)].lower() == BEARER:
        return authorization[len(BEARER) :].strip() or None
    return headers.get("x-api-key", "").strip() or None
