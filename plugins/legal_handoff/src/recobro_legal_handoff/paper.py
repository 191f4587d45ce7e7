"""How the dossier looks: styles, tables, page furniture, and Spanish dates and amounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, TypeAlias
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.enums import TA_JUSTIFY, TA_RIGHT
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Table, TableStyle

from recobro_sdk import Money

Row: TypeAlias = tuple[str, ...]

MARGIN: Final = 20 * mm
FRAME_PADDING: Final = 6
"""Points that ReportLab adds on each side; taken off the margin so that text and rules line up."""

_INK: Final = HexColor("#1B2A41")
_LINE: Final = HexColor("#C5CCD6")
_BAND: Final = HexColor("#F3F5F8")
_ALERT: Final = HexColor("#FBE9E7")

_BASE: Final = ParagraphStyle("base", fontName="Helvetica", fontSize=9, leading=12)
STYLES: Final = {
    "title": ParagraphStyle(
        "title", _BASE, fontName="Helvetica-Bold", fontSize=15, leading=20, textColor=_INK, spaceAfter=8
    ),
    "heading": ParagraphStyle(
        "heading",
        _BASE,
        fontName="Helvetica-Bold",
        fontSize=11,
        leading=14,
        textColor=_INK,
        spaceBefore=12,
        spaceAfter=5,
        keepWithNext=1,
    ),
    "body": ParagraphStyle("body", _BASE, alignment=TA_JUSTIFY, spaceAfter=4),
    "cell": ParagraphStyle("cell", _BASE, fontSize=8.5, leading=11),
    "right": ParagraphStyle("right", _BASE, fontSize=8.5, leading=11, alignment=TA_RIGHT),
    "head": ParagraphStyle("head", _BASE, fontName="Helvetica-Bold", fontSize=8.5, leading=11, textColor=white),
    "head_right": ParagraphStyle(
        "head_right",
        _BASE,
        fontName="Helvetica-Bold",
        fontSize=8.5,
        leading=11,
        textColor=white,
        alignment=TA_RIGHT,
    ),
    "strong": ParagraphStyle("strong", _BASE, fontName="Helvetica-Bold", fontSize=8.5, leading=11),
    "strong_right": ParagraphStyle(
        "strong_right", _BASE, fontName="Helvetica-Bold", fontSize=8.5, leading=11, alignment=TA_RIGHT
    ),
}


class NumberedCanvas(Canvas):
    """Draws header, footer and "página X de Y" once the number of pages is known."""

    def __init__(self, *arguments: Any, header: tuple[str, str], footer: str, **options: Any) -> None:
        super().__init__(*arguments, **options)  # pyright: ignore[reportUnknownMemberType]
        self._header = header
        self._footer = footer
        self._finished: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 (the name that ReportLab calls)
        """Keep the page for later."""
        self._finished.append(dict(self.__dict__))
        self._startPage()  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]

    def save(self) -> None:
        """Draw the furniture of every page and write the file."""
        for number, state in enumerate(self._finished, start=1):
            self.__dict__.update(state)
            self._furniture(number, len(self._finished))
            super().showPage()
        super().save()

    def _furniture(self, number: int, pages: int) -> None:
        width, height = LETTER
        left, right = MARGIN, width - MARGIN
        self.setFillColor(_INK)
        self.setFont("Helvetica-Bold", 9)
        self.drawString(left, height - 16 * mm, self._header[0])
        self.setFont("Helvetica", 9)
        self.drawRightString(right, height - 16 * mm, self._header[1])
        self.setStrokeColor(_INK)
        self.line(left, height - 18.5 * mm, right, height - 18.5 * mm)
        self.setStrokeColor(_LINE)
        self.line(left, 16 * mm, right, 16 * mm)
        self.setFont("Helvetica", 6.5)
        self.drawString(left, 12 * mm, self._footer)
        self.setFont("Helvetica", 8)
        self.drawRightString(right, 12 * mm, f"Página {number} de {pages}")


def heading(text: str) -> Flowable:
    """The title of a section."""
    return Paragraph(escape(text), STYLES["heading"])


def paragraph(text: str) -> Flowable:
    """Running text."""
    return Paragraph(escape(text), STYLES["body"])


def pairs(items: Sequence[tuple[str, str]]) -> Flowable:
    """Labels and values, two pairs to a line."""
    cells = [[_cell(label, "strong"), _cell(value, "cell")] for label, value in items]
    lines = [[*cells[index], *cells[index + 1]] for index in range(0, len(cells), 2)]
    return _table(
        lines, (38, 50, 42, 46), [("BACKGROUND", (0, 0), (0, -1), _BAND), ("BACKGROUND", (2, 0), (2, -1), _BAND)]
    )


def table(
    heads: Row,
    rows: Sequence[Row],
    *,
    widths: Sequence[int],
    right: Sequence[int] = (),
    marked: Sequence[int] = (),
    total: bool = False,
    plain: bool = False,
) -> Flowable:
    """Rows under heads that repeat on every page.

    `widths` in mm; `right` are columns of amounts; `marked` rows stand out; `total` makes the last row bold.
    """
    first = 1 if heads else 0
    lines: list[list[Flowable]] = []
    if heads:
        lines.append([_cell(head, "head_right" if column in right else "head") for column, head in enumerate(heads)])
    for position, row in enumerate(rows):
        strong = total and position == len(rows) - 1
        styles = ("strong", "strong_right") if strong else ("cell", "right")
        lines.append([_cell(text, styles[column in right]) for column, text in enumerate(row)])
    commands: list[Any] = [("BACKGROUND", (0, row + first), (-1, row + first), _ALERT) for row in marked]
    if heads:
        commands.append(("BACKGROUND", (0, 0), (-1, 0), _INK))
    if total:
        commands.append(("BACKGROUND", (0, -1), (-1, -1), _BAND))
    return _table(lines, widths, commands, grid=None if plain else _LINE, repeat=first)


def spanish_date(day: date) -> str:
    """`02/03/2026`."""
    return f"{day.day:02}/{day.month:02}/{day.year}"


def spanish_money(money: Money) -> str:
    """`$ 1.234.567,89`, with every decimal of the currency, computed from the integer."""
    whole, _, decimals = money.to_text().lstrip("-").partition(".")
    grouped = f"{int(whole):,}".replace(",", ".")
    sign = "-" if money.minor_units < 0 else ""
    return f"{sign}$ {grouped},{decimals}" if decimals else f"{sign}$ {grouped}"


def spanish_decimal(amount: Decimal) -> str:
    """`1.234.567,89`: an exact amount of the currency's unit, rounded half up to two decimals."""
    rounded = amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return f"{rounded:,}".translate(str.maketrans(",.", ".,"))


def rate(percentage: Decimal | None) -> str:
    """`28,17 % E.A.`."""
    return "No informada" if percentage is None else f"{percentage:f} % E.A.".replace(".", ",", 1)


def _cell(text: str, style: str) -> Flowable:
    return Paragraph(escape(text).replace("\n", "<br/>"), STYLES[style])


def _table(
    lines: list[list[Flowable]],
    widths: Sequence[int],
    commands: list[Any],
    *,
    grid: Color | None = _LINE,
    repeat: int = 0,
) -> Flowable:
    style: list[Any] = [("VALIGN", (0, 0), (-1, -1), "TOP"), *commands]
    if grid is not None:
        style.append(("GRID", (0, 0), (-1, -1), 0.5, grid))
    return Table(
        lines,
        colWidths=[width * mm for width in widths],
        repeatRows=repeat,
        splitInRow=1,  # an address or detail longer than a page continues on the next
        style=TableStyle(style),
        hAlign="LEFT",
    )
