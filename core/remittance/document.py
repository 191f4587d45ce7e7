"""A statement as one document: canonical JSON, from which every print is made, and its hash."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from hashlib import sha256
from typing import Any

import orjson

from core.kit.db import Row
from core.remittance.lines import Totals
from core.remittance.rules import Charge, RemittanceTerms, Settlement

VERSION = 2
"""1: money that was split anew counted as received once more, and its earlier split as a reversal."""


def document(
    heading: dict[str, Any], terms: RemittanceTerms, totals: Totals, settled: Settlement, opening: int,
    lines: Sequence[Row],
) -> dict[str, Any]:  # fmt: skip
    """All that the statement says. Amounts are integer minor units of `currency`, days ISO 8601."""
    sums = {name: minor for name, minor in asdict(totals).items() if name not in ("lines", "laid_out")}
    return {
        "format": VERSION,
        **heading,
        "terms": terms.to_json(),
        "totals": sums | {
            "opening": opening,
            "withheld": sum(settled.withheld.values()),
            "from_advances": sum(settled.advances.values()),
            "credited": sum(settled.credited.values()),
            "invoiced": settled.invoice,
            "remitted": settled.remitted,
            "carried": settled.carried.total,
        },
        "charges": {
            charge.value: {
                "withheld": settled.withheld[charge],
                "from_advances": settled.advances[charge],
                "credited": settled.credited[charge],
                "invoiced": settled.invoiced[charge],
                "carried": settled.carried.charges[charge],
            }
            for charge in Charge
        },
        "lines": [_line(line) for line in lines],
    }  # fmt: skip


def _line(line: Row) -> dict[str, Any]:
    """What is None, or does not apply, is left out."""
    said: dict[str, Any] = {
        "position": line["position"],
        "kind": line["kind"],
        "day": line["occurred_on"],
        "amount": line["amount_minor"],
        "debt": line["debt"],
        "debtor": line["debtor_name"],
        "payment": line["payment_id"],
        "first_payment": line["replaces_id"],
        "shares": line["shares"],
        "posting": line["posting_id"],
        "fee_line": line["fee_line_id"],
        "paid_on": line["paid_on"],
        "method": line["method"],
        "reference": line["reference"] or None,
        "fee_kind": line["fee_kind"],
        "tier": line["tier"],
        "component": line["component"],
        "base": line["base_minor"],
        "rate": _plain_rate(line["rate"]),
        "takes_back": None,
    }
    if line["earlier_statement"] is not None:
        # Without a number it is of this very statement.
        said["takes_back"] = {"statement": line["earlier_number"], "position": line["earlier_position"]}
    return {name: value for name, value in said.items() if value is not None}


def _plain_rate(rate: str | None) -> str | None:
    """0.250000 as 0.25."""
    return rate.rstrip("0").rstrip(".") if rate and "." in rate else rate


def canonical(said: dict[str, Any]) -> tuple[str, str]:
    """The document's text, keys in order and no space between, and its SHA-256 in hexadecimal."""
    text = orjson.dumps(said, default=_known, option=orjson.OPT_SORT_KEYS)
    return text.decode(), sha256(text).hexdigest()


def _known(value: object) -> str:
    """The driver's UUIDs are of a class of their own."""
    return value.isoformat() if isinstance(value, date) else str(value)
