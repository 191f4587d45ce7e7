"""How the PDF looks: its head, its tables and its bar charts. Imports ReportLab, so it is imported when needed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor, white
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import LETTER, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from recobro_creditor_reports.output import Job, plain
from recobro_creditor_reports.tables import TOTAL, Cell, Column, Figure, Summary
from recobro_creditor_reports.totals import Totals
from recobro_sdk import ColumnKind, Money

_INK: Final = HexColor("#1B2A41")
_LINE: Final = HexColor("#C5CCD6")
_BAND: Final = HexColor("#F3F5F8")
_WIDTH: Final = landscape(LETTER)[0] - 36 * mm
_MOST_BARS: Final = 24
"""Bars whose labels can still be read; of more, the last ones are shown, for they are the latest months."""

_BASE: Final = ParagraphStyle("base", fontName="Helvetica", fontSize=8.5, leading=11)
_RIGHT: Final = ParagraphStyle("right", _BASE, alignment=TA_RIGHT)
_HEAD: Final = ParagraphStyle("head", _BASE, fontName="Helvetica-Bold", textColor=white)
_STRONG: Final = ParagraphStyle("strong", _BASE, fontName="Helvetica-Bold")
_STRONG_RIGHT: Final = ParagraphStyle("strong_right", _STRONG, alignment=TA_RIGHT)
_TITLE: Final = ParagraphStyle("title", _STRONG, fontSize=15, leading=20, textColor=_INK, spaceAfter=8)
_SECTION: Final = ParagraphStyle(
    "section", _STRONG, fontSize=11, leading=14, textColor=_INK, spaceBefore=12, spaceAfter=5, keepWithNext=1
)


def build(buffer: io.BytesIO, job: Job, figures: Sequence[Figure], summaries: Sequence[tuple[Summary, Totals]]) -> None:
    """Print the report. The same figures and summaries give the same bytes."""
    document = SimpleDocTemplate(
        buffer,
        pagesize=landscape(LETTER),
        invariant=1,  # no date and no random identifier in the file
        title=job.words(job.definition.title),
        author=job.data.agency_name,
        lang="es-CO" if job.language == "es" else "en",
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=16 * mm,
        bottomMargin=18 * mm,
    )
    story: list[Flowable] = [Paragraph(escape(job.words(job.definition.title)), _TITLE), _head(job, figures)]
    for summary, totals in summaries:
        story += [Paragraph(escape(job.words(summary.table.title)), _SECTION), _table(job, summary, totals)]
        if summary.table.charted is not None and summary.rows:
            story += [Spacer(1, 4 * mm), _chart(summary, summary.table.charted)]
    if job.footer:
        story += [Spacer(1, 6 * mm), Paragraph(escape(job.footer), _BASE)]
    document.build(story, onFirstPage=_number, onLaterPages=_number)


def _number(canvas: Any, document: Any) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawRightString(landscape(LETTER)[0] - 18 * mm, 10 * mm, str(document.page))


def _head(job: Job, figures: Sequence[Figure]) -> Flowable:
    told = [*job.head(), *((job.words(figure.title), figure.value) for figure in figures)]
    lines = [
        [Paragraph(escape(label), _STRONG), Paragraph(escape(_shown(None, value)), _BASE)] for label, value in told
    ]
    style = [("GRID", (0, 0), (-1, -1), 0.5, _LINE), ("BACKGROUND", (0, 0), (0, -1), _BAND)]
    return Table(lines, colWidths=[60 * mm, 90 * mm], style=TableStyle(style), hAlign="LEFT")


def _table(job: Job, summary: Summary, totals: Totals) -> Flowable:
    columns = summary.table.columns
    lines = [[Paragraph(escape(title), _HEAD) for title in job.titles(summary.table)]]
    lines += [_line(columns, row, _BASE, _RIGHT) for row in summary.rows]
    lines.append(_line(columns, totals.cells(job.words(TOTAL)), _STRONG, _STRONG_RIGHT))
    style = [
        ("GRID", (0, 0), (-1, -1), 0.5, _LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("BACKGROUND", (0, 0), (-1, 0), _INK),
        ("BACKGROUND", (0, -1), (-1, -1), _BAND),
    ]
    widths = [_WIDTH / len(columns)] * len(columns)
    return Table(lines, colWidths=widths, repeatRows=1, style=TableStyle(style), hAlign="LEFT")


def _line(columns: Sequence[Column], row: Sequence[Cell], text: ParagraphStyle, figure: ParagraphStyle) -> list[Any]:
    kinds = (ColumnKind.MONEY, ColumnKind.NUMBER)
    return [
        Paragraph(escape(_shown(column, cell)), figure if column.kind in kinds else text)
        for column, cell in zip(columns, row, strict=True)
    ]


def _chart(summary: Summary, charted: str) -> Flowable:
    place = summary.table.place(charted)
    rows = summary.rows[-_MOST_BARS:]
    drawing = Drawing(_WIDTH, 62 * mm)
    chart = VerticalBarChart()
    chart.x, chart.y = round(34 * mm), round(16 * mm)
    chart.width, chart.height = round(_WIDTH - 40 * mm), round(40 * mm)
    # A picture: a bar is no more exact than a pixel, the figure itself stands in the table above.
    chart.data = [[_whole(row[place]) for row in rows]]
    chart.categoryAxis.categoryNames = [plain(summary.table.columns[0], row[0])[:18] for row in rows]
    chart.categoryAxis.labels.fontSize = 7
    chart.categoryAxis.labels.angle = 30 if len(rows) > 8 else 0
    chart.categoryAxis.labels.boxAnchor = "ne" if len(rows) > 8 else "n"
    chart.valueAxis.labels.fontSize = 7
    chart.valueAxis.labelTextFormat = _axis
    chart.bars[0].fillColor = HexColor("#2F6690")
    chart.bars[0].strokeColor = None
    drawing.add(chart)
    return drawing


def _axis(value: Any) -> str:
    return f"{value:,.0f}"


def _whole(cell: Cell) -> int:
    """Whole units of the currency, or the count itself."""
    if isinstance(cell, Money):
        return cell.minor_units // 10**cell.exponent
    assert isinstance(cell, int)  # what is charted is an amount or a count
    return cell


def _shown(column: Column | None, cell: Cell) -> str:
    """Digits in groups of three, as people read them."""
    if isinstance(cell, Money):
        whole, point, decimals = cell.to_text().lstrip("-").partition(".")
        sign = "-" if cell.minor_units < 0 else ""
        return f"{sign}{int(whole):,}{point}{decimals}"
    return f"{cell:,}" if isinstance(cell, int) else plain(column, cell)
