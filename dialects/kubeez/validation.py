"""Errors of requests whose fields are missing, unknown or of the wrong type."""

from pydantic import ValidationError

from kit.errors import InvalidInput
from kit.text import truncate
from web.json_api import problem_text

EXTRA = "extra_forbidden"
MISSING = "missing"
MAX_PROBLEMS = 5


class InvalidFields(InvalidInput):
    """Fields that do not fit the schema of the request: HTTP 422, as Kubeez answers."""

    status = 422


def invalid_fields(error: ValidationError, *, allowed: list[str] | None = None) -> InvalidFields:
    """Return all problems that pydantic found, with the field of the first; `allowed` are the known fields."""
    problems = error.errors(include_url=False)
    texts = [
        _problem(_field(problem["loc"]), problem["type"], problem_text(problem), allowed)
        for problem in problems[:MAX_PROBLEMS]
    ]
    field, kind = _field(problems[0]["loc"]), problems[0]["type"]
    is_extra = kind == EXTRA and allowed is not None
    return InvalidFields(
        " ".join(texts),
        field=truncate(field, quoted=False),
        allowed=allowed if is_extra else None,
        given=field if is_extra else None,
    )


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)


def _problem(field: str, kind: str, message: str, allowed: list[str] | None) -> str:
    name = truncate(field, quoted=False)
    if kind == MISSING:
        return f"`{name}` is required."
    if kind == EXTRA:
        known = f": the fields are {', '.join(allowed)}" if allowed else ""
        return f"There is no field `{name}`{known}."
    return f"`{name}` is invalid: {message}."
