"""Writes a file of payments: what is not given is counted or left blank."""

from datetime import date
from pathlib import Path

from recobro_sdk.layouts import Record, load_layout

layout = load_layout(Path(__file__).with_name("payments.toml"))
day = date(2026, 4, 15)
records = [
    Record("header", {"made": date(2026, 4, 30)}),
    Record("payment", {"debt": "DEBT-1", "paid": 150_00, "day": day, "channel": "A", "fee": 4_50}),
    Record("payment", {"debt": "DEBT-2", "paid": 20_00, "day": day, "channel": "D"}),
    Record("trailer", {}),
]
assert list(layout.check(records)) == []
print(layout.dump(records).decode("latin-1"), end="")
