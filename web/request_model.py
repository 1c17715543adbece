"""The base of the models that parse requests."""

from pydantic import BaseModel, ConfigDict


class RequestModel(BaseModel):
    """A request, or a part of one. Its validator is built, in 1 to 5 ms, by the first request instead of the start."""

    model_config = ConfigDict(defer_build=True)
