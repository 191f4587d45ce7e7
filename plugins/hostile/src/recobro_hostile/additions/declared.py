"""What an extension declares: rightly, and with one defect each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from recobro_hostile.notes import (
    HonestNotes,
    HostileMark,
    HostileMarkInput,
    HostileMarkPayload,
    HostileMarksInput,
    HostileNote,
    NotesSettings,
)
from recobro_sdk import Extension, Job, Offer
from recobro_sdk.graphql import CoreType, FieldOn, Mutation, ObjectKey, Query, described


@dataclass(frozen=True, slots=True)
class ForeignNote:
    """A type under somebody else's name."""

    left: str = described("What is left.")


@dataclass(frozen=True, slots=True)
class HostileSilence:
    """A type whose field says nothing."""

    left: str = ""


@dataclass(slots=True)
class HostileSlate:
    """A type that changes."""

    left: str = described("What is left.")


@dataclass(frozen=True, slots=True)
class HostileShare:
    """A type with a binary fraction."""

    share: complex = described("How much of it.")


@dataclass(frozen=True, slots=True)
class HostileScribbleInput:
    """An input that is filled in behind the caller's back."""

    debt_id: str = described("The debt.")
    text: str = described("Why.", default="because")


@dataclass(frozen=True, slots=True)
class HostileScribblePayload:
    """Nothing much."""

    text: str = described("As it is kept.")


FIELD: Final = FieldOn(
    on=CoreType.DEBT,
    name="hostileNote",
    type=HostileNote,
    resolve=HonestNotes.notes,
    needs=("balance", "due_on"),
    description="What is noted of it.",
    permission="debt:read",
)
MARK: Final = Mutation(
    name="hostileMark",
    input=HostileMarkInput,
    payload=HostileMarkPayload,
    resolve=HonestNotes.mark,
    description="Keep a mark of a debt.",
    permission="debt:work",
)
MARKED: Final = Query(
    name="hostileMarked",
    type=HostileMark,
    input=HostileMarksInput,
    resolve=HonestNotes.marked,
    description="The mark of a debt.",
    permission="debt:read",
)
SWEEP: Final = Job(name="sweep", summary="Sweeps the notes.", work=HonestNotes.sweep)


def honest(kind: type[HonestNotes], code: str | None = None) -> Extension:
    """An extension whose declaration has no defect, served by a kind of notes."""
    offer = Offer(
        code=code or kind.code,
        summary=kind.__doc__ or kind.code,
        build=kind,
        settings=NotesSettings,
        abilities=kind.abilities,
    )
    return Extension(
        offer=offer,
        graphql=(
            replace(FIELD, resolve=kind.notes),
            replace(MARK, resolve=kind.mark),
            replace(MARKED, resolve=kind.marked),
        ),
        jobs=(replace(SWEEP, work=kind.sweep),),
    )


async def texts(_: HonestNotes, keys: Sequence[ObjectKey]) -> list[Any]:
    """Nothing of anybody."""
    return [None for _ in keys]


async def scribble(_: HonestNotes, given: HostileScribbleInput) -> HostileScribblePayload:
    """Nothing much."""
    return HostileScribblePayload(given.text)


def awaits_nothing(_: HonestNotes, keys: Sequence[ObjectKey]) -> Awaitable[list[Any]]:
    """A plain function that gives something to wait for."""
    return texts(_, keys)


def _with(code: str, *graphql: FieldOn | Query | Mutation, jobs: tuple[Job, ...] = (SWEEP,)) -> Extension:
    return replace(honest(HonestNotes, code), graphql=graphql, jobs=jobs)


def extensions() -> list[Extension]:
    """An extension for each defect of a declaration."""
    typed: dict[str, tuple[type[Any], Callable[..., Awaitable[Any]]]] = {
        "hostile_takes_anothers_type": (ForeignNote, texts),
        "hostile_describes_no_field": (HostileSilence, texts),
        "hostile_has_a_type_that_changes": (HostileSlate, texts),
        "hostile_has_a_type_of_no_api": (HostileShare, texts),
    }
    return [
        *(_with(code, replace(FIELD, type=kind, resolve=resolve)) for code, (kind, resolve) in typed.items()),
        _with("hostile_adds_nothing", jobs=()),
        _with("hostile_takes_anothers_name", replace(FIELD, name="score")),
        _with("hostile_has_one_name_twice", FIELD, FIELD),
        _with("hostile_has_one_job_twice", FIELD, jobs=(SWEEP, SWEEP)),
        _with("hostile_names_a_mutation_by_its_verb", replace(MARK, name="hostileKeepMark")),
        _with("hostile_hides_a_default", replace(MARK, name="hostileScribble", input=HostileScribbleInput,
                                                 payload=HostileScribblePayload, resolve=scribble)),
        _with("hostile_lets_readers_write", replace(MARK, permission="debt:read")),
        _with("hostile_makes_a_permission_up", replace(FIELD, permission="debt:gaze")),
        _with("hostile_reads_unasked", replace(FIELD, needs=("balance", "due_on", "debtor_document"))),
        _with("hostile_serves_without_waiting", replace(FIELD, type=HostileNote, resolve=awaits_nothing)),
    ]  # fmt: skip
