"""2,466 real invoices of two years against an oracle computed outside of PostgreSQL: every month end, exactly."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from core.kit import clock, db
from core.kit.db import Database
from core.reports.ageing import AgeingSeriesQuery, ageing_series
from tests.core.house import Client, make_agency, make_client, make_mandate, make_party

LABELS = ("current", "1-30", "31-60", "61-90", "90+")

_LOAD = """
WITH invoice AS (
  SELECT recobro_uuid7() AS id, recobro_uuid7() AS component_id, *
  FROM unnest($6::text[], $7::date[], $8::date[], $9::date[], $10::bigint[])
    AS t (reference, opened_on, due_on, settled_on, minor)
), debts AS (
  INSERT INTO debt (agency_id, id, creditor_id, mandate_id, portfolio_id, party_id, reference, currency, stage, status,
    closed_reason, closed_on, debtor_name, opened_on, placed_on, placed_minor, balance_minor, recovered_minor)
  SELECT $1, id, $2, $3, $4, $5, reference, 'USD', 'EARLY', 'CLOSED', 'PAID', settled_on, 'x', opened_on, '2014-01-01',
    minor, 0, minor FROM invoice
), components AS (
  INSERT INTO debt_component (agency_id, id, creditor_id, debt_id, position, kind, due_on, placed_minor, balance_minor)
  SELECT $1, component_id, $2, id, 1, 'PRINCIPAL', due_on, minor, 0 FROM invoice
)
INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, delta_minor,
  source_id, actor)
SELECT $1, recobro_uuid7(), $2, id, component_id, 'PLACEMENT', '2014-01-01', minor, id, 'x' FROM invoice
UNION ALL
SELECT $1, recobro_uuid7(), $2, id, component_id, 'PAYMENT', settled_on, -minor, id, 'x' FROM invoice
"""


def day(text: str) -> date:
    month, of_month, year = map(int, text.split("/"))
    return date(year, month, of_month)


def minor(text: str) -> int:
    return int((Decimal(text) * 100).to_integral_value())


async def test_every_month_end_equals_the_oracle(database: Database, shared_data: Path) -> None:
    folder = shared_data / "ibm_ar"
    with (folder / "WA_Fn-UseC_-Accounts-Receivable.csv").open() as file:
        invoices = list(csv.DictReader(file))
    with (folder / "ageing_by_month_end_oracle.csv").open() as file:
        oracle = {date.fromisoformat(row["as_of"]): row for row in csv.DictReader(file)}
    scope = await make_agency("north")
    client: Client = await make_client(scope, "supplier")
    mandate_id = await make_mandate(scope, client.creditor_id, name="usd", currency="USD")
    columns = [
        [row["invoiceNumber"] for row in invoices],
        *([day(row[name]) for row in invoices] for name in ("InvoiceDate", "DueDate", "SettledDate")),
        [minor(row["InvoiceAmount"]) for row in invoices],
    ]
    party_id = await make_party(scope, "x")
    async with db.transaction(scope) as tx:
        await tx.execute(_LOAD, scope.agency, client.creditor_id, mandate_id, client.portfolio_id, party_id, *columns)

    query = AgeingSeriesQuery(creditor_id=client.creditor_id, days=list(oracle), bounds=(30, 60, 90))
    with clock.at(datetime(2026, 1, 1, tzinfo=UTC)):
        rows = await ageing_series(scope, query)

    assert len(rows) == len(oracle) == 26
    for row in rows:
        wanted = oracle[row.as_of]
        told = {label: (int(wanted[f"n_{label}"]), minor(wanted[f"sum_{label}"])) for label in LABELS}
        assert {bucket.label: (bucket.debts, bucket.balance.minor_units) for bucket in row.buckets} == told
        assert (row.open_debts, row.open_balance.minor_units) == (int(wanted["open_n"]), minor(wanted["open_sum"]))
        assert (row.settled_debts, row.settled.minor_units) == (int(wanted["settled_n"]), minor(wanted["settled_sum"]))
