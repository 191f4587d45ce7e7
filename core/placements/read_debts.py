"""What a NEW file says: one debt a row, with its debtor and its components; or an instalment a row."""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

from core.debts.add_charge import MAX_INSTALMENT
from core.kit.db import Tx
from core.parties.kinds import PartyKind
from core.placements.batch import Batch
from core.placements.contacts import read_contacts
from core.placements.header import kept_columns
from core.placements.instalments import check_instalments, refuse_incomplete
from core.placements.kinds import RowOutcome
from core.placements.layout import NewColumns
from core.placements.lookup import debt_of
from core.placements.plan import Plan, collect_issues, read_entries
from core.placements.staging import Staged
from core.placements.targets import (
    add_amount,
    add_boolean,
    add_choice,
    add_currency,
    add_date,
    add_identifier,
    add_number,
    add_text,
)

_PAIRS = 40  # of jsonb_build_object, which takes a hundred arguments


def debt_plan(batch: Batch, staged: Staged, columns: NewColumns) -> Plan:
    """How a row of the file becomes a debt."""
    plan = Plan(staged, batch.layout)
    today = f"{plan.args.add(batch.today)}::date"
    add_text(plan, "reference", columns.reference, longest=80, required=True)
    if columns.instalment is not None:
        add_number(plan, "instalment", columns.instalment, most=MAX_INSTALMENT, code="INVALID_INSTALMENT")
    add_text(plan, "debtor_name", columns.debtor_name, longest=200, required=True)
    add_choice(plan, "stated_kind", columns.debtor_kind, PartyKind)
    add_identifier(plan, columns.identifier_type, columns.identifier_number, batch.country, str(batch.creditor_id))
    legal = "CASE WHEN id_type = 'NIT' THEN 'LEGAL' ELSE 'NATURAL' END"
    plan.derived["party_kind"] = ("text", f"COALESCE(stated_kind, {legal})")
    plan.hidden.add("stated_kind")
    add_date(plan, "birth_date", columns.birth_date, today=batch.today)
    add_date(plan, "stated_opening", columns.opened_on, today=batch.today)
    add_date(plan, "stated_placing", columns.placed_on, today=batch.today)
    single = columns.instalment is None
    add_date(plan, "stated_due", columns.due_on, today=batch.today, future=True, required=not single)
    plan.hidden |= {"stated_opening", "stated_placing", "stated_due"}
    plan.derived["placed_on"] = ("date", f"COALESCE(stated_placing, {today})")
    plan.derived["opened_on"] = ("date", f"COALESCE(stated_opening, stated_placing, {today})")
    add_text(plan, "product", columns.product, longest=80)
    add_boolean(plan, "disputed", columns.disputed)
    add_currency(plan, columns.currency, batch.currency)
    _portfolio(plan, batch, columns)
    _components(plan, batch, columns)
    _attributes(plan, columns)
    return plan


def _portfolio(plan: Plan, batch: Batch, columns: NewColumns) -> None:
    """The named portfolio of the mandate, or the batch's."""
    whole = f"{plan.args.add(batch.portfolio_id)}::uuid"
    if columns.portfolio is None:
        plan.derived["portfolio_id"] = ("uuid", whole)
        return
    text = plan.text("portfolio", columns.portfolio)
    agency, mandate = plan.args.add(batch.agency_id), plan.args.add(batch.mandate_id)
    named = (
        f"(SELECT p.id FROM portfolio p WHERE p.agency_id = {agency} AND p.mandate_id = {mandate} AND p.name = {text})"
    )
    plan.derived["portfolio_id"] = ("uuid", f"CASE WHEN {text} IS NULL THEN {whole} ELSE {named} END")
    plan.check(columns.portfolio, "UNKNOWN_PORTFOLIO", f"{text} IS NOT NULL AND portfolio_id IS NULL")
    plan.check(columns.portfolio, "MISSING_VALUE", f"{text} IS NULL AND portfolio_id IS NULL")


def _components(plan: Plan, batch: Batch, columns: NewColumns) -> None:
    """Amounts and due dates of the components, their sum and the oldest due date with an amount."""
    for number, component in enumerate(columns.components):
        add_amount(plan, f"amount{number}", component, batch.digits)
        add_date(plan, f"stated_due{number}", component.due_on, today=batch.today, future=True)
        plan.hidden.add(f"stated_due{number}")
        plan.derived[f"due{number}"] = ("date", f"COALESCE(stated_due{number}, stated_due)")
    numbers = range(len(columns.components))
    plan.derived["total"] = ("bigint", " + ".join(f"COALESCE(amount{number}, 0)" for number in numbers))
    dues = ", ".join(
        f"CASE WHEN amount{number} > 0 THEN COALESCE(stated_due{number}, stated_due) END" for number in numbers
    )
    plan.derived["due_on"] = ("date", f"LEAST({dues})")
    known = " AND ".join(
        f"amount{number} IS NOT NULL"
        if component.required
        else f"(t_amount{number} IS NULL) = (amount{number} IS NULL)"
        for number, component in enumerate(columns.components)
    )
    stated = ", ".join(f"t_amount{number}" for number in numbers)
    # An instalment of nothing may have been paid before: whether a debt is owed, all of its rows say.
    nothing = "total = 0" if columns.instalment is None else f"COALESCE({stated}) IS NULL"
    plan.check(columns.components[0], "NOTHING_OWED", f"{nothing} AND {known}")


def _attributes(plan: Plan, columns: NewColumns) -> None:
    names = kept_columns(plan.staged.header, plan.layout)
    pieces: list[str] = []
    for start in range(0, len(names), _PAIRS):
        pairs = ", ".join(
            f"{plan.args.add(name)}::text, NULLIF(btrim(s.{plan.staged.column(name)}), '')"
            for name in names[start : start + _PAIRS]
        )
        pieces.append(f"jsonb_strip_nulls(jsonb_build_object({pairs}))")
    plan.texts["t_attributes"] = " || ".join(pieces) or "'{}'::jsonb"
    plan.typed["attributes"] = ("jsonb", "t_attributes")


_TWINS = """
INSERT INTO issue
SELECT e.n, e.line, 'DUPLICATE', 'DUPLICATE_IN_FILE', $1, 'line ' || f.first_line, e.reference
FROM (SELECT reference, min(n) AS first, min(line) AS first_line FROM entry e WHERE {fine}
      GROUP BY reference HAVING count(*) > 1) f
JOIN entry e ON e.reference = f.reference AND e.n > f.first WHERE {fine}
"""

_KNOWN = """
INSERT INTO issue
SELECT e.n, e.line, 'DUPLICATE', 'DUPLICATE_OF_DEBT', $3,
       COALESCE('placed on ' || d.placed_on || COALESCE(', line ' || d.source_line, ''), ''), e.reference
FROM entry e CROSS JOIN LATERAL ({debt}) d
WHERE {fine} AND NOT EXISTS (SELECT 1 FROM issue i WHERE i.n = e.n AND i.outcome = 'DUPLICATE')
"""


async def read_debts(tx: Tx, batch: Batch, staged: Staged) -> Plan:
    """Make `entry` and `issue` of a NEW file: every fault, every duplicate, within the file and of what is there."""
    columns = batch.layout.columns
    assert isinstance(columns, NewColumns)
    plan = debt_plan(batch, staged, columns)
    await read_entries(tx, plan)
    await collect_issues(tx, plan)
    label = (columns.reference.column or "")[:120]
    if columns.instalment is None:
        await tx.execute(_TWINS.format(fine=plan.fine("e")), label)
    else:
        await check_instalments(tx, plan, columns)
    await tx.execute(
        _KNOWN.format(fine=plan.fine("e"), debt=debt_of("e.reference", lock=False)),
        batch.agency_id,
        batch.creditor_id,
        label,
    )
    if columns.instalment is not None:
        await refuse_incomplete(tx, batch, plan, columns)
    await read_contacts(tx, batch, staged, columns)
    return plan


__all__ = ["RowOutcome", "debt_plan", "read_debts"]
