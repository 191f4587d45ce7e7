"""Rule packs, each with one defect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from recobro_hostile.rules.honest import HonestPack
from recobro_sdk import (
    ContactRequest,
    DebtFacts,
    Decision,
    FurnishingRequest,
    PackDescription,
    RequiredNotice,
    Verdict,
)


class AllowsEverything(HonestPack):
    """Allows what its own rules forbid."""

    code = "hostile_pack_allows_everything"

    def may_contact(self, request: ContactRequest) -> Decision:
        """Always."""
        return self.decided("HOUR", Verdict.ALLOW)


class FurnishesUnheard(HonestPack):
    """Lets a debt be reported of which nobody was told."""

    code = "hostile_pack_furnishes_unheard"

    def may_furnish(self, request: FurnishingRequest) -> Decision:
        """Whoever authorised it."""
        allowed = request.is_authorised and not request.is_disputed
        return self.decided("NOTICE", Verdict.ALLOW if allowed else Verdict.DENY)


class IgnoresRefusals(HonestPack):
    """Writes to those who asked not to be written to."""

    code = "hostile_pack_ignores_refusals"

    def is_authorised(self, request: ContactRequest) -> bool:
        """Who agreed once has agreed for ever."""
        return request.action in request.authorised


class TakesAnyZone(HonestPack):
    """Calls when it is a lawful hour somewhere."""

    code = "hostile_pack_takes_any_zone"

    def together(self, decisions: Sequence[Decision]) -> Decision:
        """One of the zones."""
        channel, *zones = decisions
        return super().together([channel, next((one for one in zones if one.allows), zones[0])])


class ReadsTheHourAsWritten(HonestPack):
    """Takes the hour of the host for that of the person."""

    code = "hostile_pack_reads_the_hour_as_written"

    def local(self, at: datetime, zone: str) -> datetime:
        """As it came."""
        return at


class InventsRules(HonestPack):
    """Rests on a rule that it does not list."""

    code = "hostile_pack_invents_rules"

    def may_furnish(self, request: FurnishingRequest) -> Decision:
        """By one that nobody can read."""
        return replace(super().may_furnish(request), rule="HABIT")


class CitesOldRules(HonestPack):
    """Rests on a wording that is no longer in force."""

    code = "hostile_pack_cites_old_rules"

    def may_furnish(self, request: FurnishingRequest) -> Decision:
        """By the one of the year before."""
        return replace(super().may_furnish(request), rule="OLD")


class SuesForEver(HonestPack):
    """Allows suits on days of which it knows nothing."""

    code = "hostile_pack_sues_for_ever"

    def may_sue(self, debt: DebtFacts, on: date) -> Decision:
        """On any."""
        return super().may_sue(debt, min(on, date(2026, 12, 31)))


class InventsRates(HonestPack):
    """Tells rates that nobody has certified yet."""

    code = "hostile_pack_invents_rates"

    def rate_cap(self, debt: DebtFacts, on: date) -> Decimal | None:
        """The last one that it knows."""
        return super().rate_cap(debt, min(on, date(2026, 12, 31)))


class DefersToThePast(HonestPack):
    """Defers to a moment that has passed."""

    code = "hostile_pack_defers_to_the_past"

    def opens(self, local: datetime) -> datetime:
        """A day too early."""
        return super().opens(local) - timedelta(days=2)


class DefersForEver(HonestPack):
    """Defers to the next minute, and then again."""

    code = "hostile_pack_defers_for_ever"

    def opens(self, local: datetime) -> datetime:
        """In a second."""
        return local + timedelta(seconds=1)


class CallsTheRepresented(HonestPack):
    """Takes an attorney for a permission."""

    code = "hostile_pack_calls_the_represented"

    def may_contact(self, request: ContactRequest) -> Decision:
        """Whenever there is one."""
        return self.decided("HOUR", Verdict.ALLOW) if request.is_represented else super().may_contact(request)


class FurnishesWhatIsDisputed(HonestPack):
    """Takes a dispute for a permission."""

    code = "hostile_pack_furnishes_what_is_disputed"

    def may_furnish(self, request: FurnishingRequest) -> Decision:
        """Whenever there is one."""
        found = super().may_furnish(request)
        return replace(found, verdict=Verdict.ALLOW) if request.is_disputed else found


class MixesNoticesUp(HonestPack):
    """Tells what is due last first."""

    code = "hostile_pack_mixes_notices_up"

    def notices(self, debt: DebtFacts, on: date) -> tuple[RequiredNotice, ...]:
        """Backwards."""
        return super().notices(debt, on)[::-1]


class TellsOfPastNotices(HonestPack):
    """Tells what was due long ago."""

    code = "hostile_pack_tells_of_past_notices"

    def notices(self, debt: DebtFacts, on: date) -> tuple[RequiredNotice, ...]:
        """From the month before on."""
        return super().notices(debt, on - timedelta(days=30))


class HasAnothersCode(HonestPack):
    """Describes itself as somebody else."""

    code = "hostile_pack_has_anothers_code"

    def describe(self) -> PackDescription:
        """Under another code."""
        return replace(super().describe(), code="colombia")
