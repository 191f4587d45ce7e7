"""2,466 invoices of 100 customers: taken in, paid, and aged as of 26 month ends. Argument: the folder with the files."""

import csv
import json
import sys
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from client import Client


def main(folder: Path) -> None:
    client = Client()
    creditor, mandate, portfolio = client.mandate(
        "International Invoices", "ibm-ar", "US-0001", country="US", currency="USD", timezone="America/New_York",
        ageingBounds=[30, 60, 90],
    )  # fmt: skip
    for kind in ("NEW", "FINANCIAL"):
        layout = json.loads((HERE / f"{kind.lower()}.json").read_text())
        client.do("fileLayoutSave", "layout { version }", mandateId=mandate, kind=kind, layout=layout)
    invoices = folder / "WA_Fn-UseC_-Accounts-Receivable.csv"
    client.take_in(
        invoices, mandate=mandate, kind="NEW", portfolio=portfolio, controlRows="2466", controlSumMinor="14770318"
    )
    client.take_in(invoices, mandate=mandate, kind="FINANCIAL", controlRows="2466")
    compare(client, creditor, folder / "ageing_by_month_end_oracle.csv")


def compare(client: Client, creditor: str, oracle: Path) -> None:
    """Every cell of the ageing report against figures that were computed elsewhere."""
    expected = list(csv.DictReader(oracle.open()))
    query = """query($creditor: ID!, $days: [Date!]!) { ageing(creditorId: $creditor, days: $days, bounds: [30, 60, 90]) {
      asOf openDebts openBalance { amount } buckets { label debts balance { amount } } settledDebts settled { amount } } }"""
    rows = {
        row["asOf"]: row for row in client.ask(query, creditor=creditor, days=[e["as_of"] for e in expected])["ageing"]
    }
    empty = {
        "openDebts": "0",
        "openBalance": {"amount": "0"},
        "buckets": [],
        "settledDebts": "0",
        "settled": {"amount": "0"},
    }
    cells = wrong = 0
    for line in expected:
        row = rows.get(line["as_of"], empty)
        found = {"open_n": row["openDebts"], "open_sum": row["openBalance"]["amount"]}
        found |= {"settled_n": row["settledDebts"], "settled_sum": row["settled"]["amount"]}
        for bucket in row["buckets"]:
            found |= {f"n_{bucket['label']}": bucket["debts"], f"sum_{bucket['label']}": bucket["balance"]["amount"]}
        for name, value in line.items():
            if name != "as_of":
                cells += 1
                wrong += Decimal(found.get(name, "0")) != Decimal(value)
    print(f"ageing: {len(expected)} month ends, {cells} cells compared, {wrong} different")
    sys.exit(1 if wrong else 0)


main(Path(sys.argv[1]))
