# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Segments and who is in them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.kit.tables import Check, Security, TableRules, TenantLink, TenantModel, Unique


class Segment(TenantModel):
    """A filter over debts with a name. What it meant before is in the journal of events (`segment.saved`).

    `tree` is the filter in its stored form (core/kit/filters.py) over the fields of worklists, `words` the same in
    words; `version` counts the changes of name and tree. `members` is how many members are stored, as of
    `evaluated_at`; `stale` says that they are not (or not yet) those of the present tree.
    """

    name: str = fields.CharField(max_length=120)
    tree: dict[str, Any] = fields.JSONField()
    words: str = fields.TextField()
    version: int = fields.IntField(db_default=1)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    updated_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    updated_by: str = fields.CharField(max_length=120)
    evaluated_at: datetime | None = fields.DatetimeField(null=True)
    members: int = fields.BigIntField(db_default=0)
    stale: bool = fields.BooleanField(db_default=True)

    rules = TableRules(
        security=Security.AGENCY,
        unique=(Unique(("agency_id", "name")),),
        checks=(
            Check("name_given", "name <> ''"),
            Check("members_not_negative", "members >= 0"),
            Check("evaluated_unless_stale", "stale OR evaluated_at IS NOT NULL"),
        ),
    )

    class Meta:
        table = "segment"


class SegmentMember(TenantLink):
    """A debt that a segment let through when it was last evaluated, and since which evaluation it has been in.

    Without an id: a second index would double the CPU that filling takes. Without foreign keys: that to the debt would
    double the time to put 300,000 debts into a segment (1.2 to 2.6 s, with the second index) and lock, and so rewrite,
    every one of them; that to the segment costs 0.9 s more. Nothing but the evaluation writes here, from the agency's
    own debts and while it holds the segment; debts are closed, never deleted; and a segment takes its members with it
    (delete_segment.py). Who reads joins on `(agency_id, debt_id)`.
    """

    segment_id: UUID = fields.UUIDField()
    debt_id: UUID = fields.UUIDField(primary_key=True)
    since: datetime = fields.DatetimeField()

    rules = TableRules(security=Security.AGENCY, key=("segment_id", "debt_id"))

    class Meta:
        table = "segment_member"
