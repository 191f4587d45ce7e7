"""Row-level security and privileges as data: what each kind of table grants to whom, and how to see a difference.

The roles of scopes (core/kit/scope.py) are NOLOGIN; the login role of an installation is a member of them without
inheriting, so that it can do nothing before a transaction has said for whom it works.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import MigrateOperation, Operations
from alembic.operations.ops import UpgradeOps
from alembic.runtime.plugins import Plugin
from alembic.util import PriorityDispatchResult

from core.kit.tables import Security
from core.migrations.roles import ROLES, SEARCH, TOTALS

AGENCY, CREDITOR, IDENTITY, RELAY = "recobro_agency", "recobro_creditor", "recobro_identity", "recobro_relay"


class Totals(StrEnum):
    """What a table is to the functions that keep the recovery totals, beside its `Security`."""

    NONE = ""
    COUNTED = "counted"
    """They read it, of every agency."""
    KEPT = "kept"
    """They write it; whoever its `Security` lets in may only read."""


TOTALS_OF = {
    "debt": Totals.COUNTED,
    "debt_movement": Totals.COUNTED,
    "ledger_balance": Totals.KEPT,
    "ledger_block": Totals.KEPT,
    "ledger_posting": Totals.COUNTED,
    "payment": Totals.COUNTED,
    "recovery_bucket": Totals.KEPT,
    "recovery_day": Totals.KEPT,
    "recovery_delta": Totals.KEPT,
    "recovery_due": Totals.KEPT,
    "recovery_month": Totals.KEPT,
    "recovery_standing": Totals.KEPT,
}


@dataclass(frozen=True, slots=True)
class Wall:
    """Who reaches a table: what its model declares, and the functions of the totals. `value` is how migrations say it:
    "shared", "shared kept"."""

    security: Security
    totals: Totals = Totals.NONE

    @classmethod
    def named(cls, value: str) -> "Wall":
        security, _, totals = value.partition(" ")
        return cls(Security(security), Totals(totals))

    @property
    def value(self) -> str:
        return f"{self.security.value} {self.totals.value}".rstrip()

    @property
    def tenant(self) -> bool:
        return self.security.tenant

    @property
    def creditor_reads(self) -> bool:
        return self.security.creditor_reads


def wall_of(table: str, security: Security) -> Wall:
    """The wall of a table of the core."""
    return Wall(security, TOTALS_OF.get(table, Totals.NONE))


# The sub-select is evaluated once per statement; current_setting() in the condition itself, once per row.
_AGENCY_SET = "(SELECT NULLIF(current_setting('app.agency_id', true), '')::uuid)"
_CREDITOR_SET = "(SELECT NULLIF(current_setting('app.creditor_id', true), '')::uuid)"
_OF_AGENCY = f"agency_id = {_AGENCY_SET}"
_OF_CREDITOR = f"creditor_id = {_CREDITOR_SET} AND agency_id = COALESCE({_AGENCY_SET}, agency_id)"


def policies(wall: Wall) -> list[tuple[str, str, str, str]]:
    """The policies of a table as (name, role, command, condition); a hash of the condition stands in the name."""
    return [
        (f"{name}_{sha256(condition.encode()).hexdigest()[:6]}", role, command, condition)
        for name, role, command, condition in _policies(wall)
    ]


def _policies(wall: Wall) -> list[tuple[str, str, str, str]]:
    security = wall.security
    if security is Security.IDENTITY:
        return [("identity", IDENTITY, "ALL", "true")]
    if security is Security.AGENCY_DIRECTORY:
        return [
            ("identity", IDENTITY, "ALL", "true"),
            ("own_agency", AGENCY, "SELECT", f"id = {_AGENCY_SET}"),
            ("works_for_us", CREDITOR, "SELECT", "id IN (SELECT c.agency_id FROM creditor c)"),
        ]
    found = [("agency_wall", AGENCY, "SELECT" if wall.totals is Totals.KEPT else "ALL", _OF_AGENCY)]
    if wall.totals is not Totals.NONE:
        found.append(("totals", TOTALS, "ALL" if wall.totals is Totals.KEPT else "SELECT", "true"))
    if security is Security.AGENCY_PUBLISHED:
        found.append(("published", CREDITOR, "SELECT", "agency_id IN (SELECT c.agency_id FROM creditor c)"))
    if security.creditor_reads:
        found.append(("creditor_window", CREDITOR, "SELECT", _OF_CREDITOR))
    if security.searched:
        found.append(("search", SEARCH, "SELECT", "true"))
    if security is Security.AGENCY_EVIDENCE:
        found.append(("relay", RELAY, "INSERT", "true"))
    if security in (Security.WORK, Security.AGENCY_WORK, Security.SHARED_EVENTS):
        found.append(("relay", RELAY, "SELECT" if security is Security.SHARED_EVENTS else "ALL", "true"))
    return found


def privileges(wall: Wall) -> dict[str, tuple[str, ...]]:
    """What each role may do with the table at all. A journal is append-only: nobody has UPDATE or DELETE."""
    every, security = ("SELECT", "INSERT", "UPDATE", "DELETE"), wall.security
    if security is Security.IDENTITY:
        return {IDENTITY: every}
    if security is Security.AGENCY_DIRECTORY:
        return {IDENTITY: every, AGENCY: ("SELECT",), CREDITOR: ("SELECT",)}
    found: dict[str, tuple[str, ...]] = {AGENCY: ("SELECT", "INSERT") if security.journal else every}
    if wall.totals is Totals.KEPT:
        found = {AGENCY: ("SELECT",), TOTALS: every}
    if wall.totals is Totals.COUNTED:
        found[TOTALS] = ("SELECT",)
    if security.creditor_reads or security is Security.AGENCY_PUBLISHED:
        found[CREDITOR] = ("SELECT",)
    if security.searched:
        found[SEARCH] = ("SELECT",)
    if security in (Security.WORK, Security.AGENCY_WORK):
        found[RELAY] = ("SELECT", "UPDATE")
    if security is Security.SHARED_EVENTS:
        found[RELAY] = ("SELECT",)
    if security is Security.AGENCY_EVIDENCE:
        found[RELAY] = ("INSERT",)
    return found


def close_statements(table: str) -> list[str]:
    """The SQL that shuts a table to everybody but its owner: no privilege, no policy."""
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
        f'REVOKE ALL ON "{table}" FROM PUBLIC, {", ".join(ROLES)}',
        "DO $$ DECLARE old text; BEGIN FOR old IN SELECT policyname FROM pg_policies WHERE schemaname = 'public' "  # noqa: S608
        f"AND tablename = '{table}' LOOP EXECUTE format('DROP POLICY %I ON \"{table}\"', old); END LOOP; END $$",
    ]


def secure_statements(table: str, wall: Wall) -> list[str]:
    """The SQL that gives a table its security, from whatever it had."""
    statements = close_statements(table)
    for name, role, command, condition in policies(wall):
        holds = "WITH CHECK" if command == "INSERT" else "USING"
        statements.append(f'CREATE POLICY {name} ON "{table}" FOR {command} TO {role} {holds} ({condition})')
    for role, rights in privileges(wall).items():
        statements.append(f'GRANT {", ".join(rights)} ON "{table}" TO {role}')
    return statements


@Operations.register_operation("secure_table")
class SecureTable(MigrateOperation):
    """`op.secure_table("debt", "shared")`: row-level security, policies and privileges of a table; None shuts it."""

    def __init__(self, table: str, security: str | None) -> None:
        self.table, self.security = table, security

    @classmethod
    def secure_table(cls, operations: Operations, table: str, security: str | None) -> None:
        operations.invoke(cls(table, security))

    def reverse(self) -> MigrateOperation:
        # Policies may look into other tables, which can be dropped only once the policies are gone.
        return SecureTable(self.table, None)

    def to_diff_tuple(self) -> tuple[str, str, str | None]:
        return ("secure_table", self.table, self.security)


@Operations.implementation_for(SecureTable)
def _secure(operations: Operations, operation: SecureTable) -> None:
    kind = operation.security
    for statement in (
        secure_statements(operation.table, Wall.named(kind)) if kind else close_statements(operation.table)
    ):
        operations.execute(statement)


@renderers.dispatch_for(SecureTable)
def _render(_: AutogenContext, operation: SecureTable) -> str:
    return f"op.secure_table({operation.table!r}, {operation.security!r})"


_CATALOGUE = sa.text("""
SELECT c.relname AS name,
       c.relrowsecurity AND c.relforcerowsecurity AS forced,
       COALESCE((SELECT array_agg(p.policyname || ' ' || p.roles[1] || ' ' || p.cmd ORDER BY p.policyname)
                 FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname), '{}') AS policies,
       COALESCE((SELECT array_agg(DISTINCT g.grantee || ' ' || g.privilege_type)
                 FROM information_schema.role_table_grants g
                 WHERE g.table_schema = 'public' AND g.table_name = c.relname AND g.grantee LIKE 'recobro\\_%'
                   AND g.grantee = ANY (:roles)), '{}') AS grants
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
""")


def table_security(connection: sa.Connection) -> dict[str, tuple[bool, frozenset[str], frozenset[str]]]:
    """What the catalogue says: per table, whether RLS is forced, its policies, and its grants to our roles."""
    rows = connection.execute(_CATALOGUE, {"roles": list(ROLES)}).mappings()
    return {row["name"]: (row["forced"], frozenset(row["policies"]), frozenset(row["grants"])) for row in rows}


def expected_security(wall: Wall) -> tuple[bool, frozenset[str], frozenset[str]]:
    return (
        True,
        frozenset(f"{name} {role} {command}" for name, role, command, _ in policies(wall)),
        frozenset(f"{role} {right}" for role, rights in privileges(wall).items() for right in rights),
    )


def compare_security(
    context: AutogenContext, upgrade: UpgradeOps, _schemas: Sequence[str | None] | set[str | None]
) -> PriorityDispatchResult:
    """Autogenerate: a table whose security differs from its model's, or that is new, gets `secure_table`."""
    assert context.connection is not None and context.metadata is not None
    present = table_security(context.connection)
    metadatas: Any = context.metadata if isinstance(context.metadata, list) else [context.metadata]
    for metadata in metadatas:
        for table in metadata.sorted_tables:
            wall = metadata.info.get(table.name)
            if wall is not None and present.get(table.name) != expected_security(wall):
                upgrade.ops.append(SecureTable(table.name, wall.value))
    return PriorityDispatchResult.CONTINUE


NAME = "recobro.security"
Plugin(NAME).add_autogenerate_comparator(compare_security, "schema", "recobro_security")
