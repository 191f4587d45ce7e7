"""Conformance of extensions: fields, queries and mutations of the API, and jobs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from recobro_sdk.graphql import FieldOn, Mutation, ObjectKey, Query, Refusal
from recobro_sdk.money import Money
from recobro_sdk.testing.base import assert_not_in
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.declared import NULLABLE, SAMPLE_DOCUMENT, sample_key
from recobro_sdk.testing.effects import effects
from recobro_sdk.testing.faulty_calls import Act
from recobro_sdk.testing.jobs import JobConformance

_MANY = 50
_LARGEST_INT = 2**31 - 1


class ExtensionConformance(JobConformance, inputs=("inputs", "refused", "keys", "personal")):
    """Subclass, set `plugin`, `settings`, and `inputs`: for each query with an input and each mutation one that works.

    `refused` has inputs that a mutation answers with a `Refusal`. Objects are made up for each field, with values for
    what it needs; `keys` has others, by the field's name. `personal` are values of the test that lead to a person, and
    may not be in any log.
    """

    inputs: ClassVar[Mapping[str, Any]] = {}
    refused: ClassVar[Mapping[str, Any]] = {}
    keys: ClassVar[Mapping[str, Sequence[ObjectKey]]] = {}
    personal: ClassVar[Sequence[str]] = ()

    def personal_data(self) -> list[str]:
        """The debtor's document, and what the test says."""
        return [SAMPLE_DOCUMENT, *self.personal]

    def acts(self) -> Mapping[str, Act]:
        """Mutations, jobs, queries and fields, in this order."""
        return {
            **{one.name: self._root(one) for one in self.extension().graphql if isinstance(one, Mutation)},
            **self.job_acts(),
            **{one.name: self._root(one) for one in self.extension().graphql if isinstance(one, Query)},
            **{f"{one.on}.{one.name}": self._field(one) for one in self.fields()},
        }

    def answer_type(self, name: str) -> Any:
        """As it is declared."""
        for one in self.extension().graphql:
            if isinstance(one, FieldOn) and f"{one.on}.{one.name}" == name:
                return list[one.type | None]
            if isinstance(one, Query) and one.name == name:
                return one.type | None
            if isinstance(one, Mutation) and one.name == name:
                return one.payload
        return None

    def is_honest(self, answer: Any) -> bool:
        """A refusal claims nothing."""
        return isinstance(answer, Refusal)

    def fields(self) -> list[FieldOn]:
        """The fields."""
        return [one for one in self.extension().graphql if isinstance(one, FieldOn)]

    def asked(self, field: FieldOn, count: int = 3) -> list[ObjectKey]:
        """So many objects for a field, or those that the test says."""
        said = list(self.keys.get(field.name, ()))
        return said[:count] or [sample_key(field.on, number, field.needs) for number in range(1, count + 1)]

    def values(self, field: FieldOn, *batches: Sequence[ObjectKey]) -> tuple[list[list[Any]], list[int]]:
        """A field's values for each batch, asked of one service, and how many requests each of them sent."""

        async def scenario(service: object, context: FakeContext) -> tuple[list[list[Any]], list[int]]:
            found, sent = list[list[Any]](), list[int]()
            for batch in batches:
                before = len(context.wire.sent)
                found.append(list(await field.resolve(service, tuple(batch))))
                sent.append(len(context.wire.sent) - before)
            return found, sent

        return self.run(scenario)

    def test_every_input_is_given(self) -> None:
        """The test says an input that works for each query and mutation that takes one: else nothing calls them."""
        roots = [one for one in self.extension().graphql if not isinstance(one, FieldOn)]
        missing = [one.name for one in roots if one.input and not isinstance(self.inputs.get(one.name), one.input)]
        assert missing == [], f"`inputs` has no input for {missing}"

    def test_one_value_for_each_key_in_order(self) -> None:
        """A field gives one value for each key, in the order of the keys, whoever else is asked about beside them."""
        for field in self.fields():
            keys = self.asked(field)
            (first, backwards, alone, twice), _ = self.values(
                field, keys, list(reversed(keys)), keys[:1], [keys[0], *keys, keys[0]]
            )
            assert len(first) == len(keys), f"{field.name}: another number of values than of keys"
            assert list(reversed(backwards)) == first, f"{field.name}: values do not follow the order of the keys"
            assert alone == first[:1], f"{field.name}: a value depends on its neighbours"
            assert twice == [first[0], *first, first[0]], f"{field.name}: an object that comes twice is lost or changed"

    def test_keys_are_asked_for_at_once(self) -> None:
        """Fifty objects send no more requests than one does: a list must not ask for each of its rows."""
        for field in self.fields():
            keys = [sample_key(field.on, number, field.needs) for number in range(1, _MANY + 1)]
            _, (one, many) = self.values(field, self.asked(field, 1), keys)
            assert many <= max(one, 1), f"{field.name}: {_MANY} objects send {many} requests, and one sends {one}"

    def test_no_keys_are_no_work(self) -> None:
        """Asked about nothing, a field gives nothing and sends nothing."""
        for field in self.fields():
            assert self.values(field, []) == ([[]], [0]), f"{field.name}: it does something for nobody"

    def test_null_costs_no_neighbour(self) -> None:
        """An object without a due date, where the field reads that, does not cost the others their values."""
        for field in self.fields():
            missing = NULLABLE & set(field.needs)
            if not missing:
                continue
            first, second, third = (sample_key(field.on, number, field.needs) for number in (1, 2, 3))
            without = ObjectKey(second.id, {**second.values, **dict.fromkeys(missing)})
            (whole, part), _ = self.values(field, [first, second, third], [first, without, third])
            assert len(part) == len(whole), f"{field.name}: another number of values than of keys"
            assert (part[0], part[2]) == (whole[0], whole[2]), f"{field.name}: a null changes other objects' values"

    def test_whole_numbers_fit(self) -> None:
        """Every `int` of an answer fits into 32 bits, as the API's do; what is larger is `Money` or a text."""
        for name, act in self.acts().items():
            answer = self.run(lambda service, _, act=act: act(service, "call-1"))
            assert _too_large(answer) == [], f"{name}: a number does not fit into 32 bits"

    def test_reading_changes_nothing(self) -> None:
        """Queries and fields give the same again, and what they keep by the way has no effect on what is read."""
        reads = [one for one in self.extension().graphql if not isinstance(one, Mutation)]

        async def scenario(service: object, _: FakeContext) -> list[list[Any]]:
            turns = list[list[Any]]()
            for _turn in range(2):
                acts = [self._field(one) if isinstance(one, FieldOn) else self._root(one) for one in reads]
                turns.append([await act(service, "call-1") for act in acts])
            return turns

        first, second = self.run(scenario)
        assert first == second, "reading changes what is read"

    def test_refusals_are_data(self) -> None:
        """What a mutation refuses is a `Refusal`: a stable code, a sentence, and a field that its input has."""
        forbidden = [*self.personal_data(), *self.secret_values()]
        for one in self.extension().graphql:
            if not isinstance(one, Mutation) or one.name not in self.refused:
                continue

            async def scenario(service: object, context: FakeContext, one: Mutation = one) -> tuple[object, bool]:
                before = effects(context)
                found = await one.resolve(service, self.refused[one.name])
                return found, effects(context) == before

            found, is_unchanged = self.run(scenario)
            assert isinstance(found, Refusal), f"{one.name}: what it does not do is no Refusal"
            assert found.code.replace("_", "").isalnum() and found.code.upper() == found.code, "a code is UPPER_SNAKE"
            assert found.message.strip(), f"{one.name}: it does not say why"
            known = {field.name for field in dataclasses.fields(one.input)}
            assert found.field is None or found.field in known, f"{one.name}: its input has no field {found.field}"
            assert is_unchanged, f"{one.name}: it refuses, and does something all the same"
            assert_not_in(forbidden, f"{found.message} {found.remedy}", "a refusal")

    def _root(self, one: Query | Mutation) -> Act:
        async def act(service: Any, _: str) -> Any:
            return await one.resolve(service, self.inputs.get(one.name))

        return act

    def _field(self, one: FieldOn) -> Act:
        async def act(service: Any, _: str) -> Any:
            return list(await one.resolve(service, tuple(self.asked(one))))

        return act


def _too_large(value: Any) -> list[int]:
    """Whole numbers that are no `Money`'s and do not fit into 32 bits."""
    if isinstance(value, bool | Money):
        return []
    if isinstance(value, int):
        return [value] if abs(value) > _LARGEST_INT else []
    if isinstance(value, (list, tuple)):
        return [found for one in value for found in _too_large(one)]
    held = getattr(value, "__dataclass_fields__", {})
    return [found for name in held for found in _too_large(getattr(value, name))]
