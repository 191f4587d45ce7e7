"""A statement as a PDF, made from its stored document: the same bytes whenever it is printed.

Drawn line by line, not laid out: a statement may have two hundred thousand lines.
"""

import io
import unicodedata
from collections.abc import Mapping
from threading import Lock
from typing import Any

import orjson
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from core.kit.money import Money
from core.remittance.words import COLUMNS, LINE_KINDS, TOTALS, Language, says, taken_back, word

# ReportLab keeps fonts in module state that it does not guard.
_ONE_AT_A_TIME = Lock()
_WIDTH, _HEIGHT = landscape(A4)
_LEFT, _RIGHT, _TOP, _BOTTOM = 12 * mm, _WIDTH - 12 * mm, _HEIGHT - 28 * mm, 16 * mm
_STEP = 4.6 * mm
# Where each column begins and how wide it is, in mm; numbers end where their column does.
_PLACES: Mapping[str, tuple[int, int]] = {
    "position": (0, 12), "day": (14, 18), "kind": (34, 42), "debt": (78, 34), "debtor": (114, 54), "base": (170, 26),
    "rate": (198, 14), "takes_back": (214, 32), "amount": (247, 26),
}  # fmt: skip
_NUMBERS = frozenset({"position", "base", "rate", "amount"})


def print_pdf(document: str, sha256: str, language: Language) -> bytes:
    """Print a stored document. Blocks for milliseconds a page, so call it in a thread.

    Letters outside the Western European alphabet are printed without their marks, or as a question mark; the document
    and the CSV have them as they are.
    """
    said: dict[str, Any] = orjson.loads(document)
    buffer = io.BytesIO()
    with _ONE_AT_A_TIME:
        _Printer(Canvas(buffer, pagesize=(_WIDTH, _HEIGHT), invariant=1, pageCompression=1), said, sha256, language)
    return buffer.getvalue()


class _Printer:
    """Totals on the first page, then the lines under heads that every page repeats."""

    def __init__(self, canvas: Canvas, said: dict[str, Any], sha256: str, language: Language) -> None:
        self._canvas, self._said, self._sha256 = canvas, said, sha256
        self._language: Language = language
        self._currency: str = said["currency"]
        self._pages, self._page, self._down = _pages(len(said["lines"])), 0, 0.0
        canvas.setTitle(_plain(f"{says('title', language)} {said['number']} - {said['creditor']['name']}"))
        canvas.setAuthor(_plain(said["agency"]["name"]))
        self._begin()
        self._totals()
        self._heads()
        for line in said["lines"]:
            if self._down < _BOTTOM:
                canvas.showPage()
                self._begin()
                self._heads()
            self._line(line)
        canvas.save()

    def _begin(self) -> None:
        canvas, said, language = self._canvas, self._said, self._language
        self._page += 1
        canvas.setFont("Helvetica-Bold", 12)
        title = f"{says('title', language)} {says('number', language, said['number'])}"
        canvas.drawString(_LEFT, _HEIGHT - 14 * mm, _plain(f"{said['agency']['name']} · {title}"))
        canvas.setFont("Helvetica", 8)
        creditor = says("creditor", language, said["creditor"]["name"], said["creditor"]["tax_id"])
        period = says("period", language, said["first_on"], said["last_on"])
        issued = says("issued", language, said["issued_on"])
        canvas.drawString(_LEFT, _HEIGHT - 19 * mm, _plain(f"{creditor} · {period} · {issued} · {self._currency}"))
        canvas.line(_LEFT, _HEIGHT - 21 * mm, _RIGHT, _HEIGHT - 21 * mm)
        canvas.setFont("Helvetica", 6.5)
        canvas.drawString(_LEFT, 9 * mm, says("hash", language, self._sha256))
        canvas.drawRightString(_RIGHT, 9 * mm, says("page", language, self._page, self._pages))
        self._down = _TOP

    def _totals(self) -> None:
        for name in TOTALS:
            last = name == "remitted"
            self._canvas.setFont("Helvetica-Bold" if last else "Helvetica", 9)
            self._canvas.drawString(_LEFT, self._down, word(TOTALS, name, self._language))
            self._canvas.drawRightString(_LEFT + 110 * mm, self._down, self._money(self._said["totals"][name]))
            self._down -= _STEP
        self._down -= _STEP

    def _heads(self) -> None:
        self._canvas.setFont("Helvetica-Bold", 7.5)
        self._row({name: word(COLUMNS, name, self._language) for name in _PLACES}, "Helvetica-Bold")
        self._canvas.setFont("Helvetica", 7.5)

    def _line(self, line: dict[str, Any]) -> None:
        base, rate = line.get("base"), line.get("rate")
        self._row(
            {
                "position": str(line["position"]), "day": line["day"],
                "kind": word(LINE_KINDS, line["kind"], self._language), "debt": line.get("debt", ""),
                "debtor": line.get("debtor", ""), "base": "" if base is None else self._money(base),
                "rate": rate or "", "takes_back": taken_back(line, self._language),
                "amount": self._money(line["amount"]),
            },
            "Helvetica",
        )  # fmt: skip

    def _row(self, cells: Mapping[str, str], font: str) -> None:
        for name, text in cells.items():
            start, width = _PLACES[name]
            if name in _NUMBERS:
                self._canvas.drawRightString(_LEFT + (start + width) * mm, self._down, text)
            elif text:
                self._canvas.drawString(_LEFT + start * mm, self._down, _fitting(_plain(text), font, width * mm))
        self._down -= _STEP

    def _money(self, minor: int) -> str:
        return Money(minor, self._currency).formatted().removeprefix(f"{self._currency} ")


def _pages(lines: int) -> int:
    """How many pages so many lines take: as `_Printer` goes down them, with the totals on the first."""
    first, other = (_rows(_TOP - (len(TOTALS) + 2) * _STEP), _rows(_TOP - _STEP))
    return 1 + max(0, -(-(lines - first) // other))


def _rows(top: float) -> int:
    down, rows = top, 0
    while down >= _BOTTOM:
        down, rows = down - _STEP, rows + 1
    return rows


def _plain(text: str) -> str:
    """In the letters of the standard fonts."""
    if text.isascii():
        return text
    return "".join(letter if _printable(letter) else _unmarked(letter) for letter in text)


def _printable(letter: str) -> bool:
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _unmarked(letter: str) -> str:
    return unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode() or "?"


def _fitting(text: str, font: str, width: float) -> str:
    """As much of a text as its column has room for; what is cut off is said to be."""
    if stringWidth(text, font, 7.5) <= width:
        return text
    while text and stringWidth(f"{text}…", font, 7.5) > width:
        text = text[:-1]
    return f"{text}…"
