"""Conformance of rule packs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from recobro_sdk.decisions import Decision, Verdict
from recobro_sdk.jurisdiction import (
    ContactRequest,
    ContactResult,
    DebtFacts,
    FurnishingRequest,
    JurisdictionPack,
    PackDescription,
    PastContact,
)
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.pure import PureConformance

_ZONES: Final = (UTC, ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Los_Angeles"))
_MOST_DEFERRALS: Final = 100


class JurisdictionConformance(PureConformance[JurisdictionPack], inputs=("lawful", "unlawful", "furnishing", "debt")):
    """Subclass, set `plugin`, a `lawful` contact and an `unlawful` one, an unlawful `furnishing` and a `debt`."""

    hook = "recobro_jurisdictions"
    protocol = JurisdictionPack

    lawful: ClassVar[ContactRequest]
    unlawful: ClassVar[ContactRequest]
    furnishing: ClassVar[FurnishingRequest]
    debt: ClassVar[DebtFacts]

    def day(self) -> date:
        """The day of the lawful contact, on which the other questions are asked."""
        return self.lawful.at.date()

    def questions(self) -> Sequence[tuple[str, tuple[Any, ...]]]:
        """One for each method, and both contacts."""
        return (
            ("describe", ()),
            ("may_contact", (self.lawful,)),
            ("may_contact", (self.unlawful,)),
            ("may_furnish", (self.furnishing,)),
            ("may_sue", (self.debt, self.day())),
            ("rate_cap", (self.debt, self.day())),
            ("notices", (self.debt, self.day())),
        )

    def unanswerable(self, name: str) -> tuple[type[Exception], ...]:
        """A cap that nobody knows."""
        return (ValueError,) if name == "rate_cap" else ()

    def decided(self, *requests: ContactRequest) -> list[Decision]:
        """The pack's answers."""

        async def scenario(pack: JurisdictionPack, _: FakeContext) -> list[Decision]:
            return [pack.may_contact(request) for request in requests]

        return self.run(scenario, offline=True)

    def furnished(self, *requests: FurnishingRequest) -> list[Decision]:
        """The pack's answers."""

        async def scenario(pack: JurisdictionPack, _: FakeContext) -> list[Decision]:
            return [pack.may_furnish(request) for request in requests]

        return self.run(scenario, offline=True)

    def described(self) -> PackDescription:
        """What the pack says of itself."""

        async def scenario(pack: JurisdictionPack, _: FakeContext) -> PackDescription:
            return pack.describe()

        return self.run(scenario, offline=True)

    def all_decisions(self) -> list[tuple[date, Decision]]:
        """A decision of each kind, with the day that it is about."""

        async def scenario(pack: JurisdictionPack, _: FakeContext) -> list[tuple[date, Decision]]:
            return [
                (self.day(), pack.may_contact(self.lawful)),
                (self.unlawful.at.date(), pack.may_contact(self.unlawful)),
                (self.furnishing.on, pack.may_furnish(self.furnishing)),
                (self.day(), pack.may_sue(self.debt, self.day())),
            ]

        return self.run(scenario, offline=True)

    def test_lawful_and_unlawful(self) -> None:
        """The lawful contact is allowed, the unlawful one and the furnishing are not."""
        lawful, unlawful = self.decided(self.lawful, self.unlawful)
        assert lawful.verdict is Verdict.ALLOW and unlawful.verdict is not Verdict.ALLOW
        (furnishing,) = self.furnished(self.furnishing)
        assert furnishing.verdict is not Verdict.ALLOW

    def test_decisions_name_rules_of_the_pack(self) -> None:
        """Every decision rests on a rule that the description lists, in that wording."""
        rules = {(rule.rule, rule.version) for rule in self.described().rules}
        decisions = [decision for _, decision in self.all_decisions()]
        assert [one.rule for one in decisions if (one.rule, one.rule_version) not in rules] == []

    def test_rules_are_in_force(self) -> None:
        """Every decision rests on a wording that is in force on the day that it is about."""
        rules = {(rule.rule, rule.version): rule for rule in self.described().rules}
        for day, decision in self.all_decisions():
            rule = rules.get((decision.rule, decision.rule_version))
            if rule is not None:
                ended = rule.effective_to is not None and rule.effective_to < day
                assert rule.effective_from <= day and not ended, f"{rule.rule} is not in force on {day}"

    def test_description(self) -> None:
        """The pack has a code that is its offer's, a country, rules with a source each, and a horizon."""
        found = self.described()
        assert found.code == self.offer().code and found.version and len(found.country) == 2
        assert found.rules and all(rule.citation and rule.summary.es for rule in found.rules)
        assert len({(rule.rule, rule.version) for rule in found.rules}) == len(found.rules), "a wording appears twice"

    def test_beyond_the_horizon_nothing_is_allowed(self) -> None:
        """After the last day that the pack answers for, no contact, furnishing or suit is allowed, and no rate is told:
        its calendars and rates do not know."""
        after = self.described().horizon + timedelta(days=1)

        async def scenario(pack: JurisdictionPack, _: FakeContext) -> tuple[list[Decision], Decimal | None]:
            at = datetime.combine(after, self.lawful.at.timetz())
            decisions = [
                pack.may_contact(replace(self.lawful, at=at, past=())),
                pack.may_furnish(replace(self.furnishing, on=after)),
                pack.may_sue(self.debt, after),
            ]
            try:
                return decisions, pack.rate_cap(self.debt, after)
            except ValueError:
                return decisions, None

        decisions, cap = self.run(scenario)
        assert [one.rule for one in decisions if one.allows] == [], "it is allowed on a day that the pack does not know"
        assert cap is None, "a rate is told for a day that the pack does not know"

    def test_no_authorised_channel_is_not_allowed(self) -> None:
        """A channel that the person refused is not allowed."""
        (found,) = self.decided(replace(self.lawful, opted_out=frozenset({self.lawful.action})))
        assert found.verdict is not Verdict.ALLOW

    def test_another_zone_never_loosens(self) -> None:
        """With one more zone that the person may be in, what was forbidden stays forbidden."""
        wider = [*self.unlawful.zones, "Pacific/Kiritimati", "Pacific/Pago_Pago"]
        assert all(not one.allows for one in self.decided(replace(self.unlawful, zones=tuple(wider))))

    def test_more_against_it_never_loosens(self) -> None:
        """What was forbidden stays forbidden with one more contact today, an attorney, or somebody who asked to be left
        alone; and so does a furnishing of a debt that is disputed, or that nobody authorised."""
        past = PastContact(
            reference="contact-1", at=self.unlawful.at - timedelta(hours=1), action=self.unlawful.action,
            purpose=self.unlawful.purpose, result=ContactResult.RIGHT_PARTY, debts=self.unlawful.debts,
        )  # fmt: skip
        contacts = self.decided(
            replace(self.unlawful, past=(*self.unlawful.past, past)),
            replace(self.unlawful, is_represented=True),
            replace(self.unlawful, has_ceased=True),
            replace(self.unlawful, authorised=frozenset()),
        )
        furnished = self.furnished(
            replace(self.furnishing, is_disputed=True), replace(self.furnishing, is_authorised=False)
        )
        loose = [one.rule for one in (*contacts, *furnished) if one.allows]
        assert loose == [], f"more that speaks against it makes it lawful: {loose}"

    def test_deferral_leads_on(self) -> None:
        """What is deferred is so to a later moment, and who waits for it, as often as told to, comes to an end."""

        async def scenario(pack: JurisdictionPack, _: FakeContext) -> bool:
            request = self.unlawful
            for _turn in range(_MOST_DEFERRALS):
                until = pack.may_contact(request).not_before
                if until is None:
                    return True
                assert until > request.at, "it is deferred to a moment that has passed"
                request = replace(request, at=until)
            return False

        assert self.run(scenario), "it is deferred for ever"

    def test_offset_does_not_matter(self) -> None:
        """A moment is the same moment in whatever zone it is written: who is contacted lives in `zones`."""
        for request in (self.lawful, self.unlawful):
            spelt = self.decided(request, *(replace(request, at=request.at.astimezone(zone)) for zone in _ZONES))
            found = {(one.verdict, one.rule, one.rule_version, one.not_before) for one in spelt}
            assert len(found) == 1, "the same moment, written otherwise, is judged otherwise"

    def test_notices_are_in_order(self) -> None:
        """The notices come by due date, none before the day that is asked about, each once, with a source and
        contents."""

        async def scenario(pack: JurisdictionPack, _: FakeContext) -> Any:
            return pack.notices(self.debt, self.day())

        found = self.run(scenario)
        assert [one.due_on for one in found] == sorted(one.due_on for one in found)
        assert all(one.due_on >= self.day() for one in found), "a notice was due before the day that was asked about"
        assert len({(one.code, one.due_on) for one in found}) == len(found), "a notice is told twice"
        assert all(one.citation and one.contents for one in found)

    def test_rate_cap_is_exact(self) -> None:
        """The cap, where there is one, is a `Decimal` that is a number and not below 0: never a binary fraction."""

        async def scenario(pack: JurisdictionPack, _: FakeContext) -> object:
            return self._answer(pack, "rate_cap", (self.debt, self.day()))

        found = self.run(scenario)
        assert found is None or (isinstance(found, Decimal) and found.is_finite() and found >= 0), "this is no rate"
