"""Reads what an extension adds to the API from its dataclasses, and says why where it cannot be told as GraphQL."""

import re
import types
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from inspect import cleandoc, iscoroutinefunction
from typing import Any, Union, get_args, get_origin, get_type_hints

from core.plugin_host.additions import (
    AddedField,
    AddedJob,
    AddedRoot,
    Additions,
    EnumType,
    Member,
    ObjectType,
    ValueKind,
    ValueType,
)
from recobro_sdk import Extension, Money
from recobro_sdk.graphql import FieldOn, Mutation, Query

_PLAIN: dict[Any, ValueKind] = {
    str: ValueKind.STRING, int: ValueKind.INT, bool: ValueKind.BOOLEAN, date: ValueKind.DATE,
    datetime: ValueKind.INSTANT, Money: ValueKind.MONEY,
}  # fmt: skip
_TYPE = re.compile(r"[A-Z][A-Za-z0-9]{1,62}")
_MEMBER = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_VALUE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_TAKEN = frozenset({"errors"})


def additions(plugin: str, extension: Extension) -> Additions:
    """Raises: ValueError, TypeError that say what is wrong."""
    reader = _Reader(plugin)
    added = [reader.field(one) for one in extension.graphql if isinstance(one, FieldOn)]
    roots = [reader.root(one) for one in extension.graphql if isinstance(one, Query | Mutation)]
    if len(added) + len(roots) != len(extension.graphql):
        raise TypeError("what it adds to the API is a FieldOn, a Query or a Mutation")
    names = [job.name for job in extension.jobs]
    if len(names) != len(set(names)):
        raise ValueError("two of its jobs have one name")
    found = Additions(
        objects=tuple(reader.objects.values()), inputs=tuple(reader.inputs.values()),
        enums=tuple(reader.enums.values()), fields=tuple(added), roots=tuple(roots),
        jobs=tuple(_job(job) for job in extension.jobs),
    )  # fmt: skip
    told = [f"{one.on}.{one.name}" for one in added] + [f"{one.changes}.{one.name}" for one in roots]
    if len(told) != len(set(told)):
        raise ValueError("two of its fields have one name")
    return found


def _job(job: Any) -> AddedJob:
    _coroutine(job.name, job.work)
    every = int(job.every.total_seconds()) if job.every is not None else None
    return AddedJob(name=job.name, summary=job.summary, every_s=every, deadline_s=int(job.deadline.total_seconds()))


def _coroutine(name: str, function: Callable[..., Any]) -> None:
    if not iscoroutinefunction(function):
        raise TypeError(f"what serves '{name}' is no coroutine function")


class _Reader:
    """The types that were met, by name; `prefix` begins every name."""

    def __init__(self, plugin: str) -> None:
        first, *rest = plugin.split("_")
        self.prefix = first + "".join(part.capitalize() for part in rest)
        self.objects: dict[str, ObjectType] = {}
        self.inputs: dict[str, ObjectType] = {}
        self.enums: dict[str, EnumType] = {}
        self._classes: dict[str, type[Any]] = {}

    def field(self, added: FieldOn) -> AddedField:
        self._named(added.name)
        _coroutine(added.name, added.resolve)
        return AddedField(
            on=added.on, name=added.name, type=self._type(added.type | None, self.objects), needs=added.needs,
            description=cleandoc(added.description), permission=str(added.permission), cost=added.cost,
        )  # fmt: skip

    def root(self, added: Query | Mutation) -> AddedRoot:
        self._named(added.name)
        _coroutine(added.name, added.resolve)
        changes = isinstance(added, Mutation)
        if changes:
            title = added.name[0].upper() + added.name[1:]
            if (added.input.__name__, added.payload.__name__) != (f"{title}Input", f"{title}Payload"):
                raise ValueError(f"'{added.name}' takes {title}Input and answers {title}Payload")
        kind = self._type(added.payload if changes else added.type | None, self.objects)
        given = self._object(added.input, self.inputs) if added.input is not None else None
        return AddedRoot(
            changes=changes, name=added.name, type=kind, input=given, cost=added.cost,
            description=cleandoc(added.description), permission=str(added.permission),
        )  # fmt: skip

    def _named(self, name: str) -> None:
        if not name.startswith(self.prefix) or not name[len(self.prefix) :][:1].isupper():
            raise ValueError(f"'{name}' does not begin with the plugin's name, {self.prefix}")

    def _type(self, annotation: Any, objects: dict[str, ObjectType]) -> ValueType:
        required, many = True, False
        if get_origin(annotation) in (Union, types.UnionType):
            parts = [part for part in get_args(annotation) if part is not type(None)]
            if len(parts) != 1:
                raise TypeError(f"{annotation} is none of the types of the API")
            annotation, required = parts[0], False
        if get_origin(annotation) is tuple and get_args(annotation)[1:] == (Ellipsis,):
            annotation, many = get_args(annotation)[0], True
        kind, name = self._one(annotation, objects)
        return ValueType(kind=kind, name=name, many=many, required=required)

    def _one(self, annotation: Any, objects: dict[str, ObjectType]) -> tuple[ValueKind, str]:
        if annotation in _PLAIN:
            return _PLAIN[annotation], ""
        if isinstance(annotation, type) and issubclass(annotation, StrEnum):
            return ValueKind.ENUM, self._enum(annotation)
        if is_dataclass(annotation) and isinstance(annotation, type):
            return ValueKind.OBJECT, self._object(annotation, objects)
        raise TypeError(f"{annotation} is none of the types of the API")

    def _own(self, kind: type[Any]) -> str:
        """The name of a class that is met for the first time, or again."""
        name, begins = kind.__name__, self.prefix[0].upper() + self.prefix[1:]
        if _TYPE.fullmatch(name) is None or not name.startswith(begins):
            raise ValueError(f"the type {name} does not begin with the plugin's name, {begins}")
        if self._classes.setdefault(name, kind) is not kind:
            raise ValueError(f"two of its types are called {name}")
        return name

    def _enum(self, kind: type[StrEnum]) -> str:
        name = self._own(kind)
        if any(_VALUE.fullmatch(one.value) is None or one.value != one.name for one in kind):
            raise ValueError(f"the members of {name} are UPPER_SNAKE, and their values the same")
        self.enums[name] = EnumType(name=name, description=_said(kind), values=tuple(one.value for one in kind))
        return name

    def _object(self, kind: type[Any], objects: dict[str, ObjectType]) -> str:
        name = self._own(kind)
        if name in self.inputs if objects is self.objects else name in self.objects:
            raise ValueError(f"{name} is an input or the type of a value, not both")
        if name in objects:
            return name
        hints = get_type_hints(kind)
        members = [self._member(name, one, hints[one.name], objects) for one in _declared(kind)]
        objects[name] = ObjectType(name=name, description=_said(kind), members=tuple(members))
        return name

    def _member(self, owner: str, one: "Field[Any]", hint: Any, objects: dict[str, ObjectType]) -> Member:
        description = str(one.metadata.get("description", "")).strip()
        if not description:
            raise ValueError(f"{owner}.{one.name} is not described")
        if _MEMBER.fullmatch(one.name) is None or one.name in _TAKEN:
            raise ValueError(f"{owner}.{one.name} is no name of a field")
        found = self._type(hint, objects)
        if objects is self.inputs and found.required and (one.default, one.default_factory) != (MISSING, MISSING):
            raise ValueError(f"{owner}.{one.name} has a default: let it be None, and say what that means")
        return Member(name=one.name, description=description, type=found)


def _declared(kind: type[Any]) -> "Iterable[Field[Any]]":
    params = getattr(kind, "__dataclass_params__")  # noqa: B009 - not in the stubs
    if not params.frozen:
        raise TypeError(f"{kind.__name__} is no frozen dataclass")
    found = fields(kind)
    if not found:
        raise ValueError(f"{kind.__name__} has no field")
    return found


def _said(kind: type[Any]) -> str:
    """The class's own docstring; a dataclass without one gets its signature for it."""
    text = cleandoc(kind.__dict__.get("__doc__") or "")
    if not text or text.startswith(f"{kind.__name__}("):
        raise ValueError(f"{kind.__name__} does not say what it is")
    return text
