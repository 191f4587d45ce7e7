"""Furnishers that lie about what their bureau made of a batch, one lie each."""

from __future__ import annotations

from dataclasses import replace

from recobro_hostile.furnishing.teller import Teller
from recobro_sdk import FurnishingAcknowledgement, Outcome, Pending, Settled, SubmissionRef


class CountsTooMany(Teller):
    """Says that more was taken than was sent."""

    code = "hostile_counts_too_many"

    def told(self, found: FurnishingAcknowledgement, submission: SubmissionRef) -> Outcome[FurnishingAcknowledgement]:
        """One more."""
        return Settled(replace(found, accepted=found.accepted + 1))


class HidesRejects(Teller):
    """Says that all was taken, whatever the bureau refused."""

    code = "hostile_hides_rejects"

    def told(self, found: FurnishingAcknowledgement, submission: SubmissionRef) -> Outcome[FurnishingAcknowledgement]:
        """None was refused."""
        return Settled(replace(found, accepted=found.accepted + len(found.rejects), rejects=()))


class RefusesOthers(Teller):
    """Refuses records that nobody sent, in place of those that the bureau refused."""

    code = "hostile_refuses_others"

    def told(self, found: FurnishingAcknowledgement, submission: SubmissionRef) -> Outcome[FurnishingAcknowledgement]:
        """Of somebody else."""
        return Settled(replace(found, rejects=tuple(replace(one, reference="SOMEBODY") for one in found.rejects)))


class AnswersForAnother(Teller):
    """Gives every batch the number of one."""

    code = "hostile_answers_for_another"

    def told(self, found: FurnishingAcknowledgement, submission: SubmissionRef) -> Outcome[FurnishingAcknowledgement]:
        """The same number each time."""
        return Settled(replace(found, number="BATCH-1"))


class ChangesItsMind(Teller):
    """Says something else when it is asked by the key alone."""

    code = "hostile_changes_its_mind"

    def told(self, found: FurnishingAcknowledgement, submission: SubmissionRef) -> Outcome[FurnishingAcknowledgement]:
        """Not decided after all."""
        return Settled(found) if submission.number is not None else Pending()


class NamesPeople(Teller):
    """Says in its reasons whom a refused record is about."""

    code = "hostile_names_who_is_refused"

    def told(self, found: FurnishingAcknowledgement, submission: SubmissionRef) -> Outcome[FurnishingAcknowledgement]:
        """By name."""
        told = tuple(replace(one, remedy="Ask Peña Ñáñez for the number.") for one in found.rejects)
        return Settled(replace(found, rejects=told))


class KnowsFromAFile(Teller):
    """Sends nothing, by its abilities, and says all the same what the bureau took."""

    code = "hostile_knows_from_a_file"
    abilities = frozenset({"file_only"})
