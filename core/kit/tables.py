# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""What a table declares beside its columns: who may touch it, its keys, indexes and checks.

Tortoise cannot express composite tenant keys, row-level security or privileges, and drops constraints; the bridge in
core/migrations reads them from here. A model without `rules` does not load.
"""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault
from tortoise.models import Model

from core.kit.ids import new_id


class Security(Enum):
    """Who reaches the rows of a table. The names of policies and privileges follow from it (migrations/security.py)."""

    AGENCY = "agency"
    """The agency alone, its own rows."""
    AGENCY_JOURNAL = "agency_journal"
    """As AGENCY, append-only by privilege."""
    AGENCY_EVIDENCE = "agency_evidence"
    """As AGENCY_JOURNAL; the relay adds rows of all agencies, and reads none (what plugins were called for)."""
    AGENCY_PUBLISHED = "agency_published"
    """As AGENCY; every creditor of the agency reads all rows: public figures, of no creditor in particular."""
    SHARED = "shared"
    """The agency; its creditor reads the rows with its own `creditor_id`."""
    SHARED_JOURNAL = "shared_journal"
    """As SHARED, append-only by privilege."""
    AGENCY_SEARCHED = "agency_searched"
    """As AGENCY; the functions of search read the rows of all agencies, and say themselves which they may return."""
    SHARED_SEARCHED = "shared_searched"
    """As SHARED; searched as AGENCY_SEARCHED."""
    AGENCY_WORK = "agency_work"
    """As AGENCY; the relay reads and moves the rows of all agencies (what subscribers are told)."""
    WORK = "work"
    """As SHARED; the relay reads and moves the rows of all agencies (jobs)."""
    SHARED_EVENTS = "shared_events"
    """As SHARED_JOURNAL; the relay reads the rows of all agencies (events)."""
    IDENTITY = "identity"
    """Sign-in and organisations: no tenant scope reaches it, only the `identity` scope of `tenants`."""
    AGENCY_DIRECTORY = "agency_directory"
    """A global table whose `id` is the agency: an agency reads its own row, a creditor those that work for it."""

    @property
    def tenant(self) -> bool:
        """Whether rows belong to an agency: `agency_id` leads every key and index."""
        return self not in (Security.IDENTITY, Security.AGENCY_DIRECTORY)

    @property
    def creditor_reads(self) -> bool:
        return self.value.startswith("shared") or self is Security.WORK

    @property
    def searched(self) -> bool:
        return self.value.endswith("searched")

    @property
    def journal(self) -> bool:
        return self.value.endswith("journal") or self in (Security.SHARED_EVENTS, Security.AGENCY_EVIDENCE)


@dataclass(frozen=True, slots=True)
class Unique:
    columns: tuple[str, ...]
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Ix:
    """An index. `columns` may be expressions; `where` makes it partial; `using` is the access method; `ops` are the
    operator classes by column, where they are not the type's own."""

    columns: tuple[str, ...]
    where: str | None = None
    using: str = "btree"
    include: tuple[str, ...] = ()
    ops: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class TableRules:
    """`key` is the primary key, behind `agency_id` where the rows belong to an agency."""

    security: Security
    key: tuple[str, ...] = ("id",)
    unique: tuple[Unique, ...] = ()
    indexes: tuple[Ix, ...] = ()
    checks: tuple[Check, ...] = ()


IDENTITY = SqlDefault("GENERATED ALWAYS AS IDENTITY")
"""As `db_default`: the database numbers the rows itself."""


class GlobalModel(Model):
    """A row that belongs to no agency; reached through the identity scope."""

    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    rules: ClassVar[TableRules]

    class Meta:
        abstract = True


class TenantModel(Model):
    """A row of one agency. Key `(agency_id, id)`; foreign keys to other tenant tables carry `agency_id` too."""

    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    agency_id: UUID = fields.UUIDField()
    rules: ClassVar[TableRules]

    class Meta:
        abstract = True


class TenantLink(Model):
    """A row of one agency that is known by what it links, and has no id: `rules.key` names those columns.

    Tortoise wants one column as the primary key; which of them is marked says nothing to the database.
    """

    agency_id: UUID = fields.UUIDField()
    rules: ClassVar[TableRules]

    class Meta:
        abstract = True
