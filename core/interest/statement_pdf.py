"""The statement of interest on paper, in Spanish, for a court: the same bytes for the same statement."""

import threading
from decimal import Decimal
from io import BytesIO
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import LETTER, landscape
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from core.debts.kinds import ComponentKind
from core.interest.rates import EXACT
from core.interest.rules import Line
from core.interest.statement import StatementOfInterest, percent
from core.kit.errors import Conflict
from core.kit.money import Money, Rounding, exponent
from core.mandates.interest import InterestMethod

# ReportLab keeps fonts and styles in module state that it does not guard.
_ONE_AT_A_TIME = threading.Lock()
_METHODS = {
    InterestMethod.SIMPLE_DAILY_EFFECTIVE: "interés simple: base × días × tasa diaria, que es (1 + EA)^(1/365) - 1",
    InterestMethod.SIMPLE_NOMINAL: "interés simple: base × tasa nominal anual × días / días del año",
    InterestMethod.COMPOUND: "interés compuesto: (base + intereses) × ((1 + EA)^(días/365) - 1)",
}
_ROUNDINGS = {
    Rounding.HALF_UP: "al más cercano y, en la mitad, hacia arriba",
    Rounding.HALF_EVEN: "al más cercano y, en la mitad, al par",
    Rounding.DOWN: "hacia abajo",
}
_PAUSES = {
    "DISPUTE": "disputa", "INSOLVENCY": "insolvencia", "MORATORIUM": "moratoria", "AGREEMENT": "acuerdo",
    "DISASTER": "desastre", "OTHER": "otra causa",
}  # fmt: skip
_KINDS = {
    ComponentKind.PRINCIPAL: "capital",
    ComponentKind.INTEREST_ORDINARY: "intereses corrientes",
    ComponentKind.INTEREST_DEFAULT: "intereses de mora",
    ComponentKind.PENALTY: "sanciones",
    ComponentKind.COLLECTION_FEE: "gastos de cobranza",
    ComponentKind.INSURANCE: "seguros",
    ComponentKind.LEGAL_COST: "costas judiciales",
    ComponentKind.TAX: "impuestos",
    ComponentKind.NSF_FEE: "cargo por devolución",
    ComponentKind.OTHER: "otros conceptos",
}
_HEAD = (
    "Desde",
    "Hasta",
    "Días",
    "Base",
    "Pactada %",
    "Tope EA %",
    "Aplicada %",
    "Intereses",
    "Acumulado",
    "Resolución",
)
_WIDTHS = tuple(width * mm for width in (20, 20, 11, 31, 21, 17, 17, 30, 32, 51))


def as_pdf(statement: StatementOfInterest) -> bytes:
    """Print; blocks for some tens of milliseconds, so call it in a thread. Interest is shown with six decimals; the CSV
    has all of them.

    Raises: Conflict (UNPRINTABLE_TEXT) for letters that the standard fonts do not have.
    """
    for text in (statement.reference, statement.creditor_name, statement.debtor_name, *_resolutions(statement)):
        try:
            text.encode("cp1252")
        except UnicodeEncodeError as strange:
            raise Conflict(
                f"'{strange.object[strange.start]}' cannot be printed.", code="UNPRINTABLE_TEXT", field="debt_id",
                remedy="Take the statement as CSV.",
            ) from strange  # fmt: skip
    buffer, margin = BytesIO(), 12 * mm
    with _ONE_AT_A_TIME:
        document = SimpleDocTemplate(
            buffer, pagesize=landscape(LETTER), invariant=1, title=f"Liquidación {statement.reference}", lang="es-CO",
            leftMargin=margin, rightMargin=margin, topMargin=margin, bottomMargin=16 * mm,
        )  # fmt: skip
        document.build(_story(statement), onFirstPage=_number, onLaterPages=_number)
    return buffer.getvalue()


def _resolutions(statement: StatementOfInterest) -> list[str]:
    return [line.resolution for line in statement.lines if line.resolution]


def _number(canvas: Canvas, _document: SimpleDocTemplate) -> None:
    canvas.setFont("Helvetica", 7)
    canvas.drawRightString(landscape(LETTER)[0] - 12 * mm, 9 * mm, f"Página {canvas.getPageNumber()}")


def _story(statement: StatementOfInterest) -> list[Flowable]:
    styles = getSampleStyleSheet()
    plain = ParagraphStyle("plain", parent=styles["Normal"], fontSize=8, leading=11)
    methods = sorted({_METHODS[line.method] for line in statement.lines})
    words = (
        f"Acreedor: {statement.creditor_name}. Deudor: {statement.debtor_name}. Obligación: {statement.reference}. "
        f"Moneda: {statement.currency}. Del {statement.first} al {statement.last}.",
        *(f"Método: {method}." for method in methods),
        "Los días excluyen el primero e incluyen el último. Cada día se aplica la menor entre la tasa pactada y el "
        "tope certificado vigente ese día (Código de Comercio, art. 884).",
        f"Intereses anteriores a la primera fila: {_exact(statement.opening, statement.currency)}.",
    )
    if any(line.method is InterestMethod.SIMPLE_NOMINAL for line in statement.lines):
        words += (
            "Donde el método es nominal, la tasa pactada y la aplicada son nominales anuales; el tope es efectivo.",
        )
    story: list[Flowable] = [Paragraph("LIQUIDACIÓN DE INTERESES", styles["Title"])]
    story += [Paragraph(escape(text), plain) for text in words]
    story += [Spacer(1, 4 * mm), _table(statement, plain), Spacer(1, 4 * mm)]
    return [*story, *(Paragraph(escape(text), plain) for text in _sums(statement))]


def _sums(statement: StatementOfInterest) -> list[str]:
    found = [
        f"Intereses causados al {statement.last}: {statement.accrued.formatted()}; contabilizados "
        f"{statement.posted.formatted()}, por contabilizar {statement.unposted.formatted()}.",
        *(
            f"{change.day}: {_KINDS[change.kind]} {Money(change.minor, statement.currency).formatted()}"
            for change in statement.changes
        ),
        *(
            f"Saldo de {_KINDS[part.kind]} al {statement.last}: {part.owed.formatted()}."
            for part in statement.payoff.parts
            if part.owed.minor_units
        ),
        f"TOTAL ADEUDADO al {statement.last}: {statement.payoff.total.formatted()}.",
    ]
    if statement.rounding_unit.minor_units > 1 or statement.rounding is not Rounding.HALF_UP:
        found.insert(
            0, f"Lo causado se redondea a {statement.rounding_unit.formatted()}, {_ROUNDINGS[statement.rounding]}."
        )
    if statement.payoff.provisional:
        found.append("PROVISIONAL: hay días cuyo tope aún no está certificado; se usó el último conocido.")
    return found


def _table(statement: StatementOfInterest, plain: ParagraphStyle) -> Table:
    small = ParagraphStyle("small", parent=plain, fontSize=6.5, leading=8)
    rows = [_row(line, statement.currency, small) for line in statement.lines]
    table = Table([_HEAD, *rows], colWidths=_WIDTHS, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 7), ("FONT", (0, 1), (-1, -1), "Helvetica", 6.5),
                ("ALIGN", (2, 0), (8, -1), "RIGHT"), ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.grey),
                ("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, -1), 1),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
            ]
        )
    )  # fmt: skip
    return table


def _row(line: Line, currency: str, small: ParagraphStyle) -> tuple[object, ...]:
    why = [line.resolution or ""]
    if line.paused:
        why.append(f"Sin intereses: {_PAUSES.get(line.paused, line.paused)}")
    if line.provisional:
        why.append("provisional")
    return (
        str(line.first), str(line.last), str(line.days), _exact(line.base, currency, 2),
        percent(line.contract_rate) or "máxima legal", percent(line.cap_rate),
        "0" if line.paused else percent(line.annual_rate), _exact(line.interest, currency),
        _exact(line.total, currency), Paragraph(escape(". ".join(filter(None, why))), small),
    )  # fmt: skip


def _exact(minor: Decimal, currency: str, places: int = 6) -> str:
    value = EXACT.scaleb(minor, -exponent(currency)).quantize(Decimal(1).scaleb(-places), context=EXACT)
    return f"{value:,}"
