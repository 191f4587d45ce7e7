"""Rule packs, each with one defect in what its answers rest on, or in what they are."""

from __future__ import annotations

import random
import sys
import time as machine
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from recobro_hostile.rules.honest import HonestPack
from recobro_sdk import (
    ContactRequest,
    DebtFacts,
    Decision,
    PackDescription,
    RequiredNotice,
    Verdict,
)


class CountsToToday(HonestPack):
    """Counts the time bar to the day on which it is asked."""

    code = "hostile_pack_counts_to_today"

    def may_sue(self, debt: DebtFacts, on: date) -> Decision:
        """As the machine says."""
        found = super().may_sue(debt, on)
        return replace(found, inputs={"days": max(on, date(2026, 1, 1)) < datetime.now(UTC).date()})


class CountsToTheHostsDay(HonestPack):
    """Counts the time bar to the day of the host."""

    code = "hostile_pack_counts_to_the_hosts_day"

    def may_sue(self, debt: DebtFacts, on: date) -> Decision:
        """As the host says."""
        return super().may_sue(debt, min(on, self._context.clock.now().date() - timedelta(days=400)))


class DrawsLots(HonestPack):
    """Leaves it to chance."""

    code = "hostile_pack_draws_lots"

    def may_sue(self, debt: DebtFacts, on: date) -> Decision:
        """With a number."""
        return replace(super().may_sue(debt, on), inputs={"lot": random.randrange(10**9)})  # noqa: S311 that is the defect


class CountsQuestions(HonestPack):
    """Takes questions for contacts."""

    code = "hostile_pack_counts_questions"
    _asked = 0

    def may_contact(self, request: ContactRequest) -> Decision:
        """Ten, and no more."""
        self._asked += 1
        return super().may_contact(request) if self._asked <= 10 else self.decided("HOUR", Verdict.DENY)


class TellsRatesInFractions(HonestPack):
    """Tells a rate that is nearly right."""

    code = "hostile_pack_tells_rates_in_fractions"

    def rate_cap(self, debt: DebtFacts, on: date) -> Any:
        """In binary."""
        super().rate_cap(debt, on)
        return 2817 / 100


class TellsRatesThatAreNone(HonestPack):
    """Tells a rate that is no number."""

    code = "hostile_pack_tells_no_number"

    def rate_cap(self, debt: DebtFacts, on: date) -> Decimal | None:
        """Below nothing."""
        found = super().rate_cap(debt, on)
        return None if found is None else -found


class LogsWhatItIsAsked(HonestPack):
    """Writes what it is asked into its log."""

    code = "hostile_pack_logs_what_it_is_asked"

    def may_sue(self, debt: DebtFacts, on: date) -> Decision:
        """And tells everybody."""
        self._context.log.info("asked", debt=debt.reference)
        return super().may_sue(debt, on)


class PrintsWhatItIsAsked(HonestPack):
    """Writes what it is asked to the console."""

    code = "hostile_pack_prints_what_it_is_asked"

    def may_sue(self, debt: DebtFacts, on: date) -> Decision:
        """And shows everybody."""
        sys.stdout.write(debt.reference)
        return super().may_sue(debt, on)


class ThinksAtLength(HonestPack):
    """Takes its time for each line of a list."""

    code = "hostile_pack_thinks_at_length"

    def notices(self, debt: DebtFacts, on: date) -> tuple[RequiredNotice, ...]:
        """A while."""
        machine.sleep(0.025)
        return super().notices(debt, on)


class SharesItsDecisions(HonestPack):
    """Keeps what one agency asked where another finds it."""

    code = "hostile_pack_shares_its_decisions"
    known: ClassVar[list[Decision]] = []

    def may_sue(self, debt: DebtFacts, on: date) -> Decision:
        """And remembers."""
        found = super().may_sue(debt, on)
        self.known.append(found)
        return found


class ListsItsRules(HonestPack):
    """Gives a list where the contract has a tuple."""

    code = "hostile_pack_lists_its_rules"

    def describe(self) -> PackDescription:
        """As they were written."""
        found = super().describe()
        object.__setattr__(found, "rules", list(found.rules))
        return found


class ProvesInFractions(HonestPack):
    """Keeps as evidence what nobody can reckon again."""

    code = "hostile_pack_proves_in_fractions"

    def may_sue(self, debt: DebtFacts, on: date) -> Decision:
        """Years, in binary."""
        return replace(super().may_sue(debt, on), inputs={"years": (on - debt.due_on).days / 365})


class ChangesItsQuestions(HonestPack):
    """Writes into the debt that it was asked about."""

    code = "hostile_pack_changes_its_questions"

    def may_sue(self, debt: DebtFacts, on: date) -> Decision:
        """That it was here."""
        object.__setattr__(debt, "attributes", (*debt.attributes, ("looked_at", on.isoformat())))
        return super().may_sue(debt, on)
