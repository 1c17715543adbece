"""The base of requests whose further fields are options of the provider."""

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict
from pydantic_core import PydanticCustomError

from kit.names import camel_case
from providers.backend import JSONObject
from web.request_model import RequestModel


def _scalar(value: Any) -> Any:
    if isinstance(value, dict | list):
        raise PydanticCustomError("scalar", "Input should be a text, a number, true or false")
    return value


class FlatOptionsModel(RequestModel):
    """A request. All fields that it does not declare are options, in snake case: `negative_prompt`."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Annotated[Any, AfterValidator(_scalar)]]

    def extra_options(self) -> JSONObject:
        """Return the options among the fields that are not declared."""
        return {camel_case(name): value for name, value in self.__pydantic_extra__.items()}
