"""Serves an extension in the plugin's process: finds what is called by its name, and tells its values as JSON."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import orjson
from pydantic import JsonValue

from core.plugin_host.codec import Shape
from core.plugin_host.extension_calls import Changed
from core.plugin_host.inside.asking import asking
from recobro_sdk import Extension, JsonObject
from recobro_sdk.graphql import FieldOn, Mutation, ObjectKey, Query, Refusal


class InsideExtension:
    """`ExtensionCalls` of one provider."""

    def __init__(self, provider: object, extension: Extension) -> None:
        self._provider, self._extension = provider, extension
        self._shapes: dict[Any, Shape] = {}

    @cached_property
    def _fields(self) -> dict[str, FieldOn]:
        return {f"{one.on.value}.{one.name}": one for one in self._extension.graphql if isinstance(one, FieldOn)}

    @cached_property
    def _queries(self) -> dict[str, Query]:
        return {one.name: one for one in self._extension.graphql if isinstance(one, Query)}

    @cached_property
    def _mutations(self) -> dict[str, Mutation]:
        return {one.name: one for one in self._extension.graphql if isinstance(one, Mutation)}

    async def values(self, field: str, keys: Sequence[ObjectKey]) -> Sequence[JsonValue]:
        asked = self._fields[field]
        found = await asked.resolve(self._provider, tuple(keys))
        told = self._told(list[asked.type | None], list(found))
        if len(told) != len(keys):
            raise TypeError(f"{field} gave another number of values than it was asked for")
        return told

    async def query(self, name: str, given: JsonObject | None) -> JsonValue:
        asked = self._queries[name]
        found = await asked.resolve(self._provider, self._read(asked.input, given))
        return self._told(asked.type | None, found)

    async def change(self, name: str, given: JsonObject) -> Changed:
        asked = self._mutations[name]
        found = await asked.resolve(self._provider, self._read(asked.input, given))
        if isinstance(found, Refusal):
            return Changed(refusal=found)
        return Changed(payload=self._told(asked.payload, found))

    async def work(self, job: str) -> bool:
        asked = next(one for one in self._extension.jobs if one.name == job)
        await asked.work(self._provider, _progress)
        return True

    def _told(self, annotation: Any, value: object) -> Any:
        return orjson.loads(self._shape(annotation).encode(value))[0]

    def _read(self, annotation: Any, given: JsonObject | None) -> Any:
        return None if annotation is None else self._shape(annotation).decode(orjson.dumps([given]))

    def _shape(self, annotation: Any) -> Shape:
        if annotation not in self._shapes:
            self._shapes[annotation] = Shape(annotation)
        return self._shapes[annotation]


async def _progress(done: int, total: int, note: str = "") -> None:
    await asking.get()("progress", {"done": int(done), "total": int(total), "note": str(note)[:200]})
