"""The base of the rows of all tables."""

from pydantic import ConfigDict
from sqlmodel import SQLModel


class TableRow(SQLModel):
    """A row. SQLModel does not validate rows, so that their validators are not built."""

    model_config = ConfigDict(defer_build=True)  # type: ignore[assignment]  # SQLModel's own has fewer keys
