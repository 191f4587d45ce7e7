"""10,000 loans: taken in through a mapping, paid by the lender's own split, and reconciled. Argument: the folder."""

import csv
import json
import sys
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from client import Client

CENT = Decimal("0.01")


def main(folder: Path) -> None:
    client = Client()
    creditor, mandate, portfolio = client.mandate(
        "Loans of 2018", "loans", "US-0002", country="US", currency="USD", timezone="America/New_York"
    )
    for kind in ("NEW", "FINANCIAL"):
        layout = json.loads((HERE / f"{kind.lower()}.json").read_text())
        client.do("fileLayoutSave", "layout { version }", mandateId=mandate, kind=kind, layout=layout)
    loans = folder / "loans_full_schema.csv"
    client.take_in(loans, mandate=mandate, kind="NEW", portfolio=portfolio)
    client.take_in(loans, mandate=mandate, kind="FINANCIAL")
    reconcile(client, creditor, loans)


def reconcile(client: Client, creditor: str, loans: Path) -> None:
    """What was recovered against the sums of the file's own columns."""
    query = """query($creditor: ID!) { recovery(creditorId: $creditor, groupBy: PORTFOLIO) {
      totals { debts placed { amount } recovered { amount } balance { amount } } } }"""
    total = client.ask(query, creditor=creditor)["recovery"]["totals"][0]
    rows = list(csv.DictReader(loans.open(newline="")))
    paid = {
        name: sum((Decimal(row[f"paid_{name}"]).quantize(CENT) for row in rows), Decimal())
        for name in ("principal", "interest", "late_fees")
    }
    for name, amount in paid.items():
        print(f"paid {name:<10} {amount:>16,}")
    expected, found = sum(paid.values()), Decimal(total["recovered"]["amount"])
    print(f"recovered       {found:>16,}   difference {found - expected}")
    sys.exit(0 if found == expected else 1)


main(Path(sys.argv[1]))
