"""Root types, put together from the modules that hold their fields: one more file is one more field."""

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from strawberry.tools import create_type
from strawberry.types.field import StrawberryField


def modules_of(package: str, path: Iterable[str]) -> list[ModuleType]:
    """The modules in a package, given its `__name__` and `__path__`."""
    return [import_module(f"{package}.{found.name}") for found in iter_modules(path)]


def root(name: str, description: str, modules: Iterable[ModuleType]) -> type[Any]:
    """A root type of all fields that the modules define. Two fields of one name are an error, never a silent choice."""
    fields: dict[str, StrawberryField] = {}
    for module in modules:
        for value in vars(module).values():
            if not isinstance(value, StrawberryField):
                continue
            if value.python_name in fields:
                raise TypeError(f"{name}.{value.python_name} is defined twice")
            fields[value.python_name] = value
    return create_type(name, sorted(fields.values(), key=lambda field: field.python_name), description=description)
