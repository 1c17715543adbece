"""Every field of every request model takes any JSON value without another error than that the value is invalid."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from contextlib import suppress

import pytest
from pydantic import BaseModel, ValidationError

import dialects
from kit.errors import InvalidInput

VALUES: tuple[object, ...] = (
    *(None, True, 0, -1, 1e300, "", "x" * 6000),
    *([], [None], ["a"] * 100, {}, {"a": None}),
)


def models() -> Iterator[type[BaseModel]]:
    for module in pkgutil.walk_packages(dialects.__path__, "dialects."):
        for value in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(value) and issubclass(value, BaseModel) and value.__module__ == module.name:
                yield value


@pytest.mark.parametrize("model", list(models()), ids=lambda model: f"{model.__module__}.{model.__name__}")
def test_an_odd_value_is_valid_or_refused(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        for value in VALUES:
            with suppress(ValidationError, InvalidInput):
                model.model_validate({field.alias or name: value})
