"""The words of a printed statement, in Spanish and English."""

from collections.abc import Mapping
from typing import Literal

Language = Literal["es", "en"]

LINE_KINDS: Mapping[str, tuple[str, str]] = {
    "PAYMENT": ("Recaudo", "Payment"),
    "REVERSAL": ("Reversión de recaudo", "Payment reversed"),
    "ADJUSTMENT": ("Ajuste", "Adjustment"),
    "SPLIT_ANEW": ("Nueva imputación", "Split anew"),
    "DIRECT": ("Pago directo", "Direct payment"),
    "DIRECT_REVERSAL": ("Reversión de pago directo", "Direct payment reversed"),
    "FEE": ("Comisión", "Commission"),
    "TAX": ("Impuesto", "Tax"),
    "COST": ("Costo", "Cost"),
}
TOTALS: Mapping[str, tuple[str, str]] = {
    "opening": ("Saldo anterior", "Brought forward"),
    "received": ("Recaudado por la agencia", "Received by the agency"),
    "adjustments": ("Reversiones y ajustes", "Reversals and adjustments"),
    "paid_direct": ("Pagado directamente al acreedor", "Paid to the creditor directly"),
    "fee_received": ("Comisión sobre lo recaudado", "Commission on what was received"),
    "fee_direct": ("Comisión sobre pagos directos", "Commission on direct payments"),
    "tax_received": ("Impuesto sobre la primera", "Tax on the former"),
    "tax_direct": ("Impuesto sobre la segunda", "Tax on the latter"),
    "costs": ("Costos por recobrar", "Costs"),
    "withheld": ("Retenido del recaudo", "Withheld from what was received"),
    "from_advances": ("Tomado de anticipos", "Taken from advances"),
    "credited": ("Comisiones devueltas", "Commission given back"),
    "invoiced": ("Se factura", "Invoiced"),
    "carried": ("Pasa al siguiente período", "Carried forward"),
    "remitted": ("Se transfiere al acreedor", "Remitted to the creditor"),
}
COLUMNS: Mapping[str, tuple[str, str]] = {
    "position": ("No.", "No."),
    "day": ("Fecha", "Day"),
    "kind": ("Concepto", "What"),
    "debt": ("Obligación", "Debt"),
    "debtor": ("Deudor", "Debtor"),
    "base": ("Base", "Base"),
    "rate": ("Tarifa", "Rate"),
    "takes_back": ("Reversa", "Takes back"),
    "reference": ("Referencia", "Reference"),
    "amount": ("Valor", "Amount"),
}
TEXTS: Mapping[str, tuple[str, str]] = {
    "title": ("Liquidación de recaudo", "Remittance statement"),
    "number": ("No. {}", "No. {}"),
    "period": ("Período {} a {}", "Period {} to {}"),
    "issued": ("Expedida el {}", "Issued on {}"),
    "creditor": ("Acreedor: {} ({})", "Creditor: {} ({})"),
    "page": ("Página {} de {}", "Page {} of {}"),
    "hash": ("Huella SHA-256 del documento: {}", "SHA-256 of the document: {}"),
    "line_of": ("línea {}", "line {}"),
    "line_of_statement": ("línea {} de la No. {}", "line {} of No. {}"),
}


def word(words: Mapping[str, tuple[str, str]], name: str, language: Language) -> str:
    return words[name][0 if language == "es" else 1]


def says(name: str, language: Language, *values: object) -> str:
    return word(TEXTS, name, language).format(*values)


def taken_back(line: Mapping[str, object], language: Language) -> str:
    """Which line this one takes back, and of which statement where it is another one."""
    earlier = line.get("takes_back")
    if not isinstance(earlier, dict):
        return ""
    position, number = earlier["position"], earlier["statement"]
    if number is None:
        return says("line_of", language, position)
    return says("line_of_statement", language, position, number)
