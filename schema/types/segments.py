"""Segments: filters over debts with a name, and the debts that they let through."""

from datetime import datetime

import strawberry

from core.kit.pages import Key, KeyType, Order
from core.permissions import Permission
from schema.kit.fields import Mapped, column, many, mapped, one, pages, public_id
from schema.kit.node import Node, node
from schema.kit.pages import Connection
from schema.kit.scalars import JSON, BigInt
from schema.types.debts import Debt
from schema.types.jobs import Job

_BY_DEBT = Order("debt", (Key("t.debt_id", KeyType.UUID),))


@mapped("segment_member", "A debt that a segment let through when it was last evaluated.")
class SegmentMember(Mapped):
    debt_id: strawberry.ID = public_id("debt", "debt_id", "The debt's id.")
    since: datetime = column("since", "The evaluation since which it has been in.")

    debt: Debt | None = one("debt_id", "The debt as it is now.", requires=Permission.DEBT_READ)


@node("segment", "segment", Permission.SEGMENT_READ, "A filter over debts with a name. The agency's own.")
class Segment(Mapped, Node):
    id: strawberry.ID = public_id("segment")
    name: str = column("name", "Its name, of which the agency has one.")
    tree: JSON = column("tree", "The filter, as a tree of the filter language (docs/agency.md).")
    words: str = column("words", "The filter in words.")
    version: int = column("version", "Counts the changes of name and filter, from 1.")
    created_at: datetime = column("created_at", "When it was made.")
    updated_at: datetime = column("updated_at", "When name or filter last changed.")
    updated_by: str = column("updated_by", "Who changed it last.")
    evaluated_at: datetime | None = column("evaluated_at", "As of when its members are; null before there were any.")
    member_count: BigInt = column("members", "How many members it has, as of `evaluatedAt`.")
    stale: bool = column("stale", "Whether the members are not, or not yet, those of the present filter.")

    members: Connection[SegmentMember] = pages(
        "segment_id", _BY_DEBT, "The debts in it as of `evaluatedAt`, whatever became of them since; by id."
    )
    jobs: list[Job] = many(
        "subject_id",
        "t.created_at DESC, t.id DESC",
        "The evaluations that were asked for, newest first; at most 20.",
        limit=20,
        requires=Permission.JOB_READ,
    )
