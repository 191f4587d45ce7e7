"""Creditors, mandates and portfolios."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from core.kit.money import Rounding
from core.mandates.kinds import FileKind, MandateStatus
from core.permissions import Permission
from schema.kit.fields import Mapped, choice, column, many, money, one, public_id
from schema.kit.money import Money
from schema.kit.node import Node, node
from schema.kit.pages import Connection
from schema.kit.scalars import JSON
from schema.types.debt_filter import debts_of

if TYPE_CHECKING:
    from schema.types.debts import Debt

strawberry.enum(FileKind, description="What a creditor's file brings.")
strawberry.enum(MandateStatus, description="Whether a mandate is worked.")
strawberry.enum(Rounding, description="What becomes of the part of an exact sum that is no whole unit.")


@node("creditor", "creditor", Permission.CREDITOR_READ, "A creditor, as client of an agency.")
class Creditor(Mapped, Node):
    id: strawberry.ID = public_id("creditor")
    name: str = column("name", "Its name, as the agency writes it.")
    code: str = column("code", "The agency's short code for it.")
    tax_id: str = column("tax_id", "Its tax number: the NIT with check digit in Colombia.")
    country: str = column("country", "ISO 3166-1 alpha-2.")
    created_at: datetime = column("created_at", "When the agency registered it.")

    mandates: list["Mandate"] = many("creditor_id", "t.name, t.id", "The mandates it has given the agency.")
    debts: Connection[Annotated["Debt", strawberry.lazy("schema.types.debts")]] = debts_of(
        "creditor_id", "What is owed to it; active debts where the filter does not say otherwise."
    )


@node("mandate", "mandate", Permission.CREDITOR_READ, "The terms under which an agency collects for a creditor.")
class Mandate(Mapped, Node):
    id: strawberry.ID = public_id("mandate")
    name: str = column("name", "Its name.")
    currency: str = column("currency", "ISO 4217 code of all of its debts.")
    timezone: str = column("timezone", "The IANA zone in which its legal days are counted.")
    status: MandateStatus = choice("status", MandateStatus, "Whether it is worked.")
    starts_on: date = column("starts_on", "Its first day.")
    ends_on: date | None = column("ends_on", "Its last day, where there is one.")
    allocation_order: list[str] = column("allocation_order", "Component kinds in the order in which money is applied.")
    allocation_policy: JSON = column(
        "allocation_policy", "What else decides how payments are split (docs/agency.md); {} where nothing does."
    )
    ageing_bounds: list[int] = column("ageing_bounds", "The last day past due of each ageing bucket but the last.")
    stage_days: JSON = column("stage_days", "From which day past due each stage begins.")
    clearance_days: JSON = column("clearance_days", "For how many days money may bounce, by method.")
    interest: JSON | None = column("interest", "The terms of interest that its debts get (docs/agency.md).")
    promise_grace_days: int = column(
        "promise_grace_days", "How many days after its due day money still keeps a promise to pay."
    )
    missed_instalments: int = column("missed_instalments", "How many instalments, missed at once, break a plan.")

    rounding: Rounding = choice("rounding", Rounding, "How interest, commission and its tax are rounded.")
    rounding_unit: Money = money(
        "rounding_unit_minor", "To whole multiples of what; shares of a payment that is split pro rata are so, too."
    )

    creditor: Creditor | None = one("creditor_id", "Who gave it.")
    portfolios: list["Portfolio"] = many("mandate_id", "t.name, t.id", "Its portfolios.")
    file_layouts: list["FileLayout"] = many(
        "mandate_id",
        "t.kind, t.version",
        "How the creditor's files read; the newest version of each kind last. For the agency.",
        requires=Permission.PLACEMENT_MANAGE,
    )


@node("portfolio", "portfolio", Permission.CREDITOR_READ, "A named part of a mandate.")
class Portfolio(Mapped, Node):
    id: strawberry.ID = public_id("portfolio")
    name: str = column("name", "Its name.")
    created_at: datetime = column("created_at", "When it was made.")

    mandate: Mandate | None = one("mandate_id", "The mandate that it belongs to.")
    debts: Connection[Annotated["Debt", strawberry.lazy("schema.types.debts")]] = debts_of(
        "portfolio_id", "The debts in it; active ones where the filter does not say otherwise."
    )


@node("layout", "file_layout", Permission.PLACEMENT_MANAGE, "How one creditor's file of one kind reads.")
class FileLayout(Mapped, Node):
    id: strawberry.ID = public_id("layout")
    kind: FileKind = choice("kind", FileKind, "What the file brings.")
    version: int = column("version", "Each change makes a new version; batches keep theirs.")
    layout: JSON = column("layout", "The layout itself (docs/agency.md).")
    created_at: datetime = column("created_at", "When this version was saved.")
