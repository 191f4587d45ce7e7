"""Legal channels, each with one defect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from recobro_hostile.papers.honest import HonestLawyers
from recobro_sdk import (
    CaseSummary,
    DocumentKind,
    Dossier,
    Failed,
    HandoffReceipt,
    HandoffRef,
    JsonObject,
    LegalStage,
    Outcome,
    ProviderUnavailable,
    Requirement,
    Risk,
    Settled,
    Text,
)


class ChangesItsList(HonestLawyers):
    """Words its checklist anew each time."""

    code = "hostile_lawyers_change_their_list"
    _turn = 0

    def requirements(self, case: CaseSummary) -> Sequence[Requirement]:
        """With another title."""
        self._turn += 1
        return [replace(line, title=Text(f"{self._turn}", f"{self._turn}")) for line in super().requirements(case)]


class LeavesOutWhatIsThere(HonestLawyers):
    """Lists what is missing only."""

    code = "hostile_lawyers_leave_out_what_is_there"

    def requirements(self, case: CaseSummary) -> Sequence[Requirement]:
        """What is missing."""
        return [line for line in super().requirements(case) if not line.satisfied]


class WarnsOnly(HonestLawyers):
    """Refuses for what its list calls a trifle."""

    code = "hostile_lawyers_warn_only"

    def power(self, held: set[DocumentKind]) -> Requirement:
        """Not so important."""
        return replace(super().power(held), risk=Risk.LOW)


class TakesAnything(HonestLawyers):
    """Files what cannot win."""

    code = "hostile_lawyers_take_anything"

    def complete(self, dossier: Dossier) -> None:
        """Always."""


class NamesTheDebtor(HonestLawyers):
    """Says in a refusal whom it is about."""

    code = "hostile_lawyers_name_the_debtor"

    def refusal(self, dossier: Dossier) -> str:
        """With everybody's number."""
        return f"nothing is there about {', '.join(party.document_number for party in dossier.parties)}"


class TakesKeysForCases(HonestLawyers):
    """Gives the receipt of another case."""

    code = "hostile_lawyers_take_keys_for_cases"

    async def known(self, dossier: Dossier, key: str) -> JsonObject | None:
        """Whatever is kept under the key."""
        return await self._context.store.get(self.place(key))


class DatesByItsOwnClock(HonestLawyers):
    """Takes the time from the machine."""

    code = "hostile_lawyers_own_clock"

    def now(self) -> datetime:
        """Of the machine."""
        return datetime.now(UTC)


class GivesTwoFilesOneName(HonestLawyers):
    """Acknowledges with two files of one name."""

    code = "hostile_lawyers_name_files_twice"

    def receipt(self, dossier: Dossier, kept: JsonObject) -> HandoffReceipt:
        """With its file, and once more."""
        receipt = super().receipt(dossier, kept)
        return replace(receipt, artifacts=receipt.artifacts * 2)


class KnowsEveryCase(HonestLawyers):
    """Says of a case that nobody sent that it was received."""

    code = "hostile_lawyers_know_every_case"

    async def status(self, handoff: HandoffRef) -> Outcome[LegalStage]:
        """Acknowledged, whatever was asked about."""
        found = await super().status(handoff)
        return Settled(LegalStage.ACKNOWLEDGED) if isinstance(found, Failed) else found


class GuessesTheStage(HonestLawyers):
    """Says what it guesses while the lawyers do not answer."""

    code = "hostile_lawyers_guess"

    async def status(self, handoff: HandoffRef) -> Outcome[LegalStage]:
        """Or what it usually is."""
        try:
            return await super().status(handoff)
        except ProviderUnavailable:
            return Settled(LegalStage.ACKNOWLEDGED)
