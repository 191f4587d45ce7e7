"""Conformance of what has no provider: rule packs, identifier validators."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from pydantic import TypeAdapter

from recobro_sdk.bureau import SubjectKind
from recobro_sdk.decisions import Decision, Verdict
from recobro_sdk.identifiers import Identifier, IdentifierValidator, IdentifierVerdict
from recobro_sdk.jurisdiction import ContactRequest, DebtFacts, FurnishingRequest, JurisdictionPack
from recobro_sdk.money import Money
from recobro_sdk.testing.base import Seen, assert_not_in
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.plugin_checks import Conformance

_SLOWEST_MS = 20


class JurisdictionConformance(Conformance[JurisdictionPack], inputs=("lawful", "unlawful", "furnishing", "debt")):
    """Subclass, set `plugin`, a `lawful` contact and an `unlawful` one, an unlawful `furnishing` and a `debt`."""

    hook = "recobro_jurisdictions"
    protocol = JurisdictionPack

    lawful: ClassVar[ContactRequest]
    unlawful: ClassVar[ContactRequest]
    furnishing: ClassVar[FurnishingRequest]
    debt: ClassVar[DebtFacts]

    def decided(self, *requests: ContactRequest) -> list[Decision]:
        """The pack's answers."""

        async def scenario(pack: JurisdictionPack, _: FakeContext) -> list[Decision]:
            return [pack.may_contact(request) for request in requests]

        return self.run(scenario, offline=True)

    def test_lawful_and_unlawful(self) -> None:
        """The lawful contact is allowed, the unlawful one and the furnishing are not."""
        lawful, unlawful = self.decided(self.lawful, self.unlawful)
        assert lawful.verdict is Verdict.ALLOW and unlawful.verdict is not Verdict.ALLOW

        async def scenario(pack: JurisdictionPack, _: FakeContext) -> Decision:
            return pack.may_furnish(self.furnishing)

        assert self.run(scenario).verdict is not Verdict.ALLOW

    def test_decisions_name_rules_of_the_pack(self) -> None:
        """Every decision rests on a rule that the description lists, in that wording."""

        async def scenario(pack: JurisdictionPack, _: FakeContext) -> tuple[set[Any], list[Decision]]:
            rules = {(rule.rule, rule.version) for rule in pack.describe().rules}
            on = self.lawful.at.date()
            given = [pack.may_contact(self.lawful), pack.may_contact(self.unlawful)]
            return rules, [*given, pack.may_furnish(self.furnishing), pack.may_sue(self.debt, on)]

        rules, decisions = self.run(scenario)
        assert [one.rule for one in decisions if (one.rule, one.rule_version) not in rules] == []

    def test_description(self) -> None:
        """The pack has a code that is its offer's, a country, rules with a source each, and a horizon."""

        async def scenario(pack: JurisdictionPack, _: FakeContext) -> Any:
            return pack.describe()

        found = self.run(scenario)
        assert found.code == self.offer().code and found.version and len(found.country) == 2
        assert found.rules and all(rule.citation and rule.summary.es for rule in found.rules)
        assert len({(rule.rule, rule.version) for rule in found.rules}) == len(found.rules), "a wording appears twice"

    def test_beyond_the_horizon_nothing_is_allowed(self) -> None:
        """After the last day that the pack answers for, no contact is allowed: its calendars do not know."""

        async def scenario(pack: JurisdictionPack, _: FakeContext) -> Decision:
            after = datetime.combine(pack.describe().horizon, self.lawful.at.timetz()) + timedelta(days=1)
            return pack.may_contact(replace(self.lawful, at=after, past=()))

        assert self.run(scenario).verdict is not Verdict.ALLOW

    def test_no_authorised_channel_is_not_allowed(self) -> None:
        """A channel that the person refused is not allowed."""
        (found,) = self.decided(replace(self.lawful, opted_out=frozenset({self.lawful.action})))
        assert found.verdict is not Verdict.ALLOW

    def test_another_zone_never_loosens(self) -> None:
        """With one more zone that the person may be in, what was forbidden stays forbidden."""
        wider = [*self.unlawful.zones, "Pacific/Kiritimati", "Pacific/Pago_Pago"]
        assert all(not one.allows for one in self.decided(replace(self.unlawful, zones=tuple(wider))))

    def test_same_question_same_answer(self) -> None:
        """Asked a hundred times, in two agencies, the pack says the same."""
        first = self.decided(*[self.lawful, self.unlawful] * 50)
        assert first[:2] * 50 == first and self.decided(self.lawful, self.unlawful) == first[:2]

    def test_decisions_are_quick(self) -> None:
        """A decision takes less than 20 ms: one is made for each line of a worklist. Best of five."""

        async def scenario(pack: JurisdictionPack, _: FakeContext) -> list[int]:
            took: list[int] = []
            for _turn in range(5):
                started = time.perf_counter_ns()
                pack.may_contact(self.lawful)
                took.append((time.perf_counter_ns() - started) // 1_000_000)
            return took

        assert min(self.run(scenario)) < _SLOWEST_MS

    def test_decisions_cross_processes(self) -> None:
        """Questions and decisions survive becoming JSON and back."""
        for value in (self.lawful, self.furnishing, *self.decided(self.lawful, self.unlawful)):
            adapter: TypeAdapter[Any] = TypeAdapter(type(value))
            assert adapter.validate_json(adapter.dump_json(value, warnings="error")) == value

    def test_does_no_io(self) -> None:
        """The pack sends nothing, stores nothing and logs nothing."""
        seen = Seen()

        async def scenario(pack: JurisdictionPack, context: FakeContext) -> tuple[int, int, str]:
            pack.may_contact(self.lawful)
            return len(context.wire.sent), len(context.store.documents), context.logged_text()

        assert self.run(scenario, seen=seen) == (0, 0, "")
        assert seen.connections.abroad + seen.connections.beside == []

    def test_notices_are_in_order(self) -> None:
        """The notices come by due date, each with a source and contents."""

        async def scenario(pack: JurisdictionPack, _: FakeContext) -> Any:
            return pack.notices(self.debt, self.lawful.at.date())

        found = self.run(scenario)
        assert [one.due_on for one in found] == sorted(one.due_on for one in found)
        assert all(one.citation and one.contents for one in found)

    def test_rate_cap_is_exact(self) -> None:
        """The cap, where there is one, is a `Decimal`: never a binary fraction."""

        async def scenario(pack: JurisdictionPack, _: FakeContext) -> object:
            try:
                return pack.rate_cap(self.debt, self.lawful.at.date())
            except ValueError:
                return None

        assert not isinstance(self.run(scenario), float)


class IdentifierConformance(Conformance[IdentifierValidator], inputs=("valid", "invalid")):
    """Subclass, set `plugin`, some `valid` numbers and some `invalid` ones, of every type that the validator knows."""

    hook = "recobro_identifier_validators"
    protocol = IdentifierValidator

    valid: ClassVar[Sequence[Identifier]]
    invalid: ClassVar[Sequence[Identifier]]

    def looked_at(self, identifiers: Sequence[Identifier]) -> list[IdentifierVerdict]:
        """What the validator says."""

        async def scenario(validator: IdentifierValidator, _: FakeContext) -> list[IdentifierVerdict]:
            return [validator.validate(one) for one in identifiers]

        return self.run(scenario, offline=True)

    def test_valid_numbers(self) -> None:
        """Valid numbers are valid, and their normal form is, and is its own normal form."""
        found = self.looked_at(self.valid)
        assert found and all(one.valid for one in found), "a valid number is refused"
        again = self.looked_at(
            [replace(one, number=two.normal or "") for one, two in zip(self.valid, found, strict=True)]
        )
        assert [one.normal for one in again] == [one.normal for one in found]

    def test_invalid_numbers(self) -> None:
        """Invalid numbers are refused, with a reason in both languages that does not repeat them."""
        found = self.looked_at(self.invalid)
        assert found and not any(one.valid for one in found), "an invalid number is taken"
        for given, verdict in zip(self.invalid, found, strict=True):
            assert verdict.problem is not None and verdict.problem.es and verdict.problem.en
            # A number of a few digits is in many sentences by chance.
            assert len(given.number) < 4 or given.number not in f"{verdict.problem}", "the reason repeats the number"

    def test_one_wrong_digit_is_seen_or_allowed_for_all(self) -> None:
        """Changing the last digit of a number with a check digit makes it invalid, for every other digit."""
        for one, verdict in zip(self.valid, self.looked_at(self.valid), strict=True):
            normal = verdict.normal or ""
            changed = [replace(one, number=normal[:-1] + digit) for digit in "0123456789" if digit != normal[-1:]]
            answers = {found.valid for found in self.looked_at(changed)}
            assert len(answers) == 1, f"some wrong check digits of a {one.type} are taken, and some are not"

    def test_never_raises(self) -> None:
        """Whatever the number is, there is a verdict: empty, endless, of other scripts, with a null in it."""
        for kind in {one.type for one in self.valid}:
            country = self.valid[0].country
            odd = ("", " ", "٣" * 9, "9" * 100_000, "1\x002", "王秀英", "-1", "1e9")
            self.looked_at([Identifier(country, kind, number) for number in odd])

    def test_knows_its_types(self) -> None:
        """The types are those of the numbers that it is tested with."""

        async def scenario(validator: IdentifierValidator, _: FakeContext) -> frozenset[str]:
            return validator.types()

        assert self.run(scenario) == {one.type for one in (*self.valid, *self.invalid)}

    def test_spelling_does_not_matter(self) -> None:
        """Dots, spaces and hyphens, which people write or not, do not change the normal form."""
        for one, verdict in zip(self.valid, self.looked_at(self.valid), strict=True):
            normal = verdict.normal or ""
            spelt = [replace(one, number=f" {normal} "), replace(one, number=f"{normal[:-1]}-{normal[-1:]}")]
            assert {found.normal for found in self.looked_at(spelt)} == {normal}

    def test_verdicts_hide_the_number(self) -> None:
        """Neither an identifier nor a verdict shows the number in its `repr`."""
        for one, verdict in zip(self.valid, self.looked_at(self.valid), strict=True):
            assert_not_in([one.number, verdict.normal or ""], f"{one!r} {verdict!r}", "a repr")


def some_debt(reference: str = "debt-1", **changes: Any) -> DebtFacts:
    """Facts of a debt that nothing is special about, or with the changed fields."""
    values: dict[str, Any] = {
        "reference": reference,
        "country": "CO",
        "product": "consumer_loan",
        "instrument": "promissory_note",
        "modality": "consumer",
        "kind": SubjectKind.NATURAL,
        "opened_on": date(2024, 1, 15),
        "due_on": date(2025, 8, 31),
        "defaulted_on": date(2025, 8, 31),
        "days_past_due": 180,
        "placed": Money(9_000_000_00, "COP"),
        "balance": Money(4_123_456_78, "COP"),
        "stage": "PRE_LEGAL",
    }
    return DebtFacts(**{**values, **changes})
