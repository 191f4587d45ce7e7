"""Defects of what serves fields, queries, mutations and jobs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any, ClassVar

from recobro_hostile.notes import (
    HonestNotes,
    HostileMark,
    HostileMarkInput,
    HostileMarkPayload,
    HostileMarksInput,
    HostileNote,
)
from recobro_sdk import JobProgress, JsonObject, ProviderUnavailable
from recobro_sdk.graphql import ObjectKey, Refusal


class AsksForEach(HonestNotes):
    """Asks its provider once for each object."""

    code = "hostile_asks_for_each"

    async def notes(self, keys: Sequence[ObjectKey]) -> list[HostileNote | None]:
        """One request for one debt."""
        for key in keys:
            await self.told("/notes", {"ids": [key.id]})
        return [self.note(key) for key in keys]


class AsksAboutNobody(HonestNotes):
    """Asks its provider even when there is nobody to ask about."""

    code = "hostile_asks_about_nobody"

    async def notes(self, keys: Sequence[ObjectKey]) -> list[HostileNote | None]:
        """Always one request."""
        await self.told("/notes", {"ids": [key.id for key in keys]})
        return [self.note(key) for key in keys]


class DropsWhatComesTwice(HonestNotes):
    """Gives one value for objects that are the same."""

    code = "hostile_drops_what_comes_twice"

    async def notes(self, keys: Sequence[ObjectKey]) -> list[HostileNote | None]:
        """One for each different debt."""
        return await super().notes(list({key.id: key for key in keys}.values()))


class SortsItsAnswers(HonestNotes):
    """Gives values in an order of its own."""

    code = "hostile_sorts_its_answers"

    async def notes(self, keys: Sequence[ObjectKey]) -> list[HostileNote | None]:
        """By id."""
        return await super().notes(sorted(keys, key=lambda key: key.id))


class ChokesOnNull(HonestNotes):
    """Loses everybody's value when one has nothing there."""

    code = "hostile_chokes_on_null"

    async def notes(self, keys: Sequence[ObjectKey]) -> list[HostileNote | None]:
        """All or nothing."""
        if any(key.values["due_on"] is None for key in keys):
            return [None for _ in keys]
        return await super().notes(keys)


class CountsInFractions(HonestNotes):
    """Has a binary fraction for a number."""

    code = "hostile_notes_in_fractions"

    def note(self, key: ObjectKey) -> HostileNote | None:
        """Half a mark."""
        noted, half = super().note(key), 0.5
        marks: Any = half
        return HostileNote(noted.of, noted.left, noted.band, noted.due_on, marks) if noted else None


class CountsTooFar(HonestNotes):
    """Gives an amount as a number, which does not fit."""

    code = "hostile_counts_too_far"

    def note(self, key: ObjectKey) -> HostileNote | None:
        """All minor units at once."""
        noted = super().note(key)
        return HostileNote(noted.of, noted.left, noted.band, noted.due_on, 2**31) if noted else None


class TellsOtherTypes(HonestNotes):
    """Answers a text where a mark was agreed."""

    code = "hostile_answers_other_types"

    async def marked(self, given: HostileMarksInput) -> HostileMark | None:
        """A mark that holds a number."""
        text: Any = 7
        return HostileMark(text)


class CountsReaders(HonestNotes):
    """Writes down who reads, where the reader sees it."""

    code = "hostile_counts_readers"

    async def marked(self, given: HostileMarksInput) -> HostileMark | None:
        """How often it was read."""
        found = await self._context.store.get("readers") or {"times": 0}
        times = int(str(found["times"])) + 1
        await self._context.store.put("readers", {"times": times})
        return HostileMark(f"read {times} times")


class MarksWhatItRefuses(HonestNotes):
    """Refuses a mark that it has kept."""

    code = "hostile_marks_what_it_refuses"

    async def mark(self, given: HostileMarkInput) -> HostileMarkPayload | Refusal:
        """Keep first, look afterwards."""
        await self._context.store.put(f"mark.{given.debt_id}", {"text": given.text})
        return await super().mark(given)


class RefusesByRaising(HonestNotes):
    """Tells the caller's mistake as a failure of its own."""

    code = "hostile_refuses_by_raising"

    async def mark(self, given: HostileMarkInput) -> HostileMarkPayload | Refusal:
        """Raise."""
        found = await super().mark(given)
        if isinstance(found, Refusal):
            raise ValueError(found.message)
        return found


class TellsWhoIsRefused(HonestNotes):
    """Repeats the document number in a refusal."""

    code = "hostile_tells_who_is_refused"

    async def mark(self, given: HostileMarkInput) -> HostileMarkPayload | Refusal:
        """Refuse in too many words."""
        found = await super().mark(given)
        if isinstance(found, Refusal):
            return Refusal(code="MARK_EMPTY", message="No mark for 1000000123.", field="text")
        return found


class LogsWhatIsMarked(HonestNotes):
    """Writes what a person wrote into its log."""

    code = "hostile_logs_what_is_marked"

    async def mark(self, given: HostileMarkInput) -> HostileMarkPayload | Refusal:
        """Keep, and tell."""
        self._context.log.info("marked", text=given.text)
        return await super().mark(given)


class HoldsTheLoop(HonestNotes):
    """Computes without letting anybody else."""

    code = "hostile_notes_hold_the_loop"

    async def sweep(self, progress: JobProgress) -> None:
        """Hold the loop for 60 ms."""
        time.sleep(0.06)  # noqa: ASYNC251 (what the kit has to find)
        await super().sweep(progress)


class GoesOnWhenCancelled(HonestNotes):
    """Goes on when it is told to stop."""

    code = "hostile_notes_go_on"

    async def marked(self, given: HostileMarksInput) -> HostileMark | None:
        """Look, whatever happens meanwhile."""
        try:
            await asyncio.sleep(0.001)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
        return await super().marked(given)


class OutlivesItsDeadline(HonestNotes):
    """Ends as cancelled, but only when the provider has answered."""

    code = "hostile_notes_outlive_the_deadline"

    async def told(self, path: str, body: JsonObject) -> None:
        """Wait for the answer although nobody wants it any more."""
        telling = asyncio.ensure_future(super().told(path, body))
        try:
            await asyncio.shield(telling)
        except asyncio.CancelledError:
            await asyncio.wait({telling})
            raise


class NoteOfMarks:
    """Something that every agency's notes hold."""

    texts: ClassVar[list[str]] = []


class SharesItsMarks(HonestNotes):
    """Keeps every agency's marks in one list of a class."""

    code = "hostile_shares_its_marks"

    async def mark(self, given: HostileMarkInput) -> HostileMarkPayload | Refusal:
        """Keep for everybody."""
        NoteOfMarks.texts.append(given.text)
        return await super().mark(given)


class MakesNotesUp(HonestNotes):
    """Says that nothing is noted when its provider fails."""

    code = "hostile_makes_notes_up"

    async def told(self, path: str, body: JsonObject) -> None:
        """Ask, and take silence for an answer."""
        try:
            await super().told(path, body)
        except ProviderUnavailable as error:
            if "500" not in error.safe_message:
                raise


class SweepsTwice(HonestNotes):
    """Counts how often it was done."""

    code = "hostile_sweeps_twice"

    async def sweep(self, progress: JobProgress) -> None:
        """Add one."""
        found = await self._context.store.get("sweeps") or {"times": 0}
        await self._context.store.put("sweeps", {"times": int(str(found["times"])) + 1})


class SweepsByHalves(HonestNotes):
    """Thinks after a crash that it has done what it had begun."""

    code = "hostile_sweeps_by_halves"

    async def sweep(self, progress: JobProgress) -> None:
        """Begin once."""
        if await self._context.store.add("begun", {}):
            await super().sweep(progress)


class GoesBack(HonestNotes):
    """Shows that it has done less than before."""

    code = "hostile_progress_goes_back"

    async def sweep(self, progress: JobProgress) -> None:
        """Two steps, then one."""
        await progress(2, 3)
        await progress(1, 3)


class DoesMoreThanThereIs(HonestNotes):
    """Shows more steps than there are."""

    code = "hostile_progress_beyond_the_end"

    async def sweep(self, progress: JobProgress) -> None:
        """Four of three."""
        await progress(4, 3)


class ShowsWhoIsSwept(HonestNotes):
    """Shows whom it is working at."""

    code = "hostile_progress_names_people"

    async def sweep(self, progress: JobProgress) -> None:
        """A number."""
        await progress(1, 1, "1000000123")
