"""What is assigned: every debt, and its sums by stage, ageing bucket and portfolio."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Final

from recobro_creditor_reports.tables import (
    EMPTY,
    OTHERS,
    Column,
    Definition,
    Detail,
    Figure,
    Summary,
    Table,
    count,
    day,
    money,
    text,
)
from recobro_creditor_reports.totals import MOST, Groups, Totals
from recobro_sdk import DebtRow, Language, ReportData, Text

_SETTLED: Final = Text("saldada", "settled")
_CURRENT: Final = Text("al día", "current")

_SUMS: Final[tuple[Column, ...]] = (
    count("debts", "Obligaciones", "Debts"),
    money("placed", "Valor asignado", "Placed amount"),
    money("recovered", "Recuperado", "Recovered"),
    money("balance", "Saldo", "Balance"),
)
DEBTS: Final = Table(
    "debts",
    Text("Obligaciones", "Debts"),
    Text("obligaciones", "debts"),
    (
        text("reference", "Obligación", "Debt"),
        text("portfolio", "Portafolio", "Portfolio"),
        text("debtor_name", "Deudor", "Debtor"),
        text("debtor_document", "Documento", "Document"),
        text("product", "Producto", "Product"),
        text("stage", "Etapa", "Stage"),
        count("days_past_due", "Días de mora", "Days past due", adds=False),
        day("placed_on", "Asignada", "Placed on"),
        *_SUMS[1:],
    ),
)
BY_STAGE: Final = Table(
    "by_stage",
    Text("Por etapa", "By stage"),
    Text("por_etapa", "by_stage"),
    (text("stage", "Etapa", "Stage"), *_SUMS),
    "balance",
)
BY_BUCKET: Final = Table(
    "by_bucket",
    Text("Por edad de mora", "By ageing bucket"),
    Text("por_edad_de_mora", "by_ageing_bucket"),
    (text("bucket", "Días de mora", "Days past due"), *_SUMS),
    "balance",
)
BY_PORTFOLIO: Final = Table(
    "by_portfolio",
    Text("Por portafolio", "By portfolio"),
    Text("por_portafolio", "by_portfolio"),
    (text("portfolio", "Portafolio", "Portfolio"), *_SUMS),
    "balance",
)


class InventoryFold:
    """Sums of the debts. Buckets hold days past due up to and with their bound; a debt without balance is settled."""

    def __init__(self, data: ReportData, language: Language, bounds: Sequence[int]) -> None:
        self._language: Language = language
        self._bounds = bounds
        self._labels = _labels(bounds, language)
        rest = (OTHERS.localised(language),)
        self._stages = Groups(1, 3, data.currency, most=MOST, rest=rest)
        self._buckets = Groups(1, 3, data.currency)
        self._buckets.expect((label,) for label in self._labels)
        self._portfolios = Groups(1, 3, data.currency, most=MOST, rest=rest)

    def add(self, table: Table, row: DebtRow) -> None:
        """Take one debt."""
        values = (1, row.placed, row.recovered, row.balance)
        self._stages.add((row.stage,), values)
        self._buckets.add((self._bucket(row),), values)
        self._portfolios.add((row.portfolio or EMPTY.localised(self._language),), values)

    def summaries(self) -> list[Summary]:
        """By stage, bucket and portfolio."""
        return [
            Summary(BY_STAGE, self._stages.rows()),
            Summary(BY_BUCKET, self._buckets.rows(lambda key: self._labels.index(str(key[0])))),
            Summary(BY_PORTFOLIO, self._portfolios.rows()),
        ]

    def figures(self, totals: Mapping[str, Totals]) -> list[Figure]:
        """How many debts, and what they add up to."""
        debts = totals[DEBTS.code]
        return [
            Figure(_SUMS[0].title, debts.rows),
            *(Figure(column.title, debts.of(column.code)) for column in _SUMS[1:]),
        ]

    def _bucket(self, row: DebtRow) -> str:
        if row.balance.minor_units == 0:
            return self._labels[0]
        return (
            self._labels[1] if row.days_past_due < 1 else self._labels[2 + bisect_left(self._bounds, row.days_past_due)]
        )


def _labels(bounds: Sequence[int], language: Language) -> list[str]:
    """`settled`, `current`, `1-30`, …, `180+`, as the server's own ageing names them."""
    starts = (1, *(bound + 1 for bound in bounds))
    ranges = [f"{first}-{last}" for first, last in zip(starts, bounds, strict=False)]
    return [_SETTLED.localised(language), _CURRENT.localised(language), *ranges, f"{bounds[-1]}+"]


INVENTORY: Final = Definition(
    code="creditor_reports_inventory",
    title=Text("Inventario de obligaciones", "Inventory of debts"),
    stem=Text("inventario", "inventory"),
    details=(Detail(DEBTS, lambda data: data.debts()),),
    summaries=(BY_STAGE, BY_BUCKET, BY_PORTFOLIO),
    fold=InventoryFold,
)
