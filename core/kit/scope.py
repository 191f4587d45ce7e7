"""Whose data is handled, by whom, with which permissions and why. The first argument of every use case and read.

A scope is the first of three walls (docs/decisions/0002-tenancy.md). It decides which PostgreSQL role and which
tenant settings a transaction runs with; nothing has a default scope, and work without one has no privileges at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.kit.errors import Forbidden


class Audience(StrEnum):
    """Which wall the work stands behind; each value is a PostgreSQL role with privileges and policies of its own."""

    AGENCY = "recobro_agency"
    CREDITOR = "recobro_creditor"
    IDENTITY = "recobro_identity"
    RELAY = "recobro_relay"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: `kind` is `user`, `client` (a machine) or `system`; `id` is its public id or name."""

    kind: str
    id: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a piece of work may see and do. Built by `tenants` from a token, or by the worker from a job."""

    audience: Audience
    actor: Actor
    agency_id: UUID | None = None
    creditor_id: UUID | None = None
    permissions: frozenset[str] = field(default_factory=frozenset[str])
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.audience is Audience.AGENCY and (self.agency_id is None or self.creditor_id is not None):
            raise ValueError("an agency scope needs the agency, and no creditor")
        if self.audience is Audience.CREDITOR and self.creditor_id is None:
            raise ValueError("a creditor scope needs the creditor")

    @property
    def agency(self) -> UUID:
        """The agency of an agency scope; work that only an agency does reads it here."""
        if self.audience is not Audience.AGENCY or self.agency_id is None:
            raise Forbidden("Only an agency can do this.", remedy="Sign in as a user of the agency.")
        return self.agency_id

    def require(self, permission: str) -> None:
        """Raises: Forbidden unless the scope carries the permission."""
        if permission not in self.permissions:
            raise Forbidden(
                f"This needs the permission '{permission}'.", remedy="Ask an administrator for a role that has it."
            )

    def because(self, reason: str) -> "Scope":
        return replace(self, reason=reason)

    def to_json(self) -> dict[str, Any]:
        """What a job keeps of the scope that asked for it."""
        return {
            "audience": self.audience.value,
            "actor": [self.actor.kind, self.actor.id, self.actor.name],
            "agency_id": str(self.agency_id) if self.agency_id else None,
            "creditor_id": str(self.creditor_id) if self.creditor_id else None,
            "permissions": sorted(self.permissions),
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Scope":
        return cls(
            audience=Audience(data["audience"]),
            actor=Actor(*data["actor"]),
            agency_id=UUID(data["agency_id"]) if data["agency_id"] else None,
            creditor_id=UUID(data["creditor_id"]) if data["creditor_id"] else None,
            permissions=frozenset(data["permissions"]),
            reason=data["reason"],
        )


def agency_scope(agency_id: UUID, actor: Actor, permissions: Iterable[str] = ()) -> Scope:
    return Scope(audience=Audience.AGENCY, agency_id=agency_id, actor=actor, permissions=frozenset(permissions))


def creditor_scope(
    creditor_id: UUID, actor: Actor, permissions: Iterable[str] = (), agency_id: UUID | None = None
) -> Scope:
    """A creditor's view of its own debts: at every agency, or at `agency_id` alone where that limits its access."""
    return Scope(
        audience=Audience.CREDITOR,
        creditor_id=creditor_id,
        agency_id=agency_id,
        actor=actor,
        permissions=frozenset(permissions),
    )


def system_scope(audience: Audience, name: str) -> Scope:
    """For the program itself: sign-in (`IDENTITY`) and the relay of jobs and events (`RELAY`)."""
    return Scope(audience=audience, actor=Actor("system", name))
