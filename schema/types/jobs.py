"""Work in the background, and what happened."""

from datetime import datetime

import strawberry

from core.kit.kinds import JobState
from core.permissions import Permission
from schema.kit.fields import Mapped, choice, column, computed, mapped, public_id
from schema.kit.node import Node, node
from schema.kit.scalars import JSON, BigInt

strawberry.enum(JobState, description="How far a job has come.")


@node("job", "job", Permission.JOB_READ, "A piece of work in the background, with its progress.")
class Job(Mapped, Node):
    id: strawberry.ID = public_id("job")
    name: str = column("name", "What is done.")
    state: JobState = choice("state", JobState, "How far it has come.")
    progress_done: BigInt = column("progress_done", "Steps done.")
    progress_total: BigInt = column("progress_total", "Steps in all; 0 while unknown.")
    progress_note: str = column("progress_note", "What it is doing.")
    attempt: int = column("attempt", "Which attempt this is.")
    error_code: str | None = column("error_code", "Why it failed.")
    error_message: str | None = column("error_message", "The same in a sentence.")
    result: JSON | None = column("result", "What came of it, by what the job is.")
    created_at: datetime = column("created_at", "When it was asked for.")
    finished_at: datetime | None = column("finished_at", "When it ended.")


@mapped("event", "Something that happened.")
class Event(Mapped):
    id: strawberry.ID = public_id("event")
    cursor: str = computed(
        ("xid", "position"),
        lambda xid, position: f"{xid}.{position}",
        "Give it as `after` to go on behind this event.",
    )
    name: str = column("name", "What happened: `payment.recorded`.")
    version: int = column("version", "The version of `data`'s shape.")
    occurred_at: datetime = column("occurred_at", "When.")
    actor: str = column("actor", "Who did it.")
    data: JSON = column("data", "The facts, by the event's name and version (docs/integrator.md).")
