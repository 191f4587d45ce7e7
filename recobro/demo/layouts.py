"""How each creditor's files look: their column names, dates, numbers and encodings, and the layouts that say so.

The bank writes plain UTF-8, the retailer Latin-1 with a last line of control totals, the telecom Spanish numbers
(1.234,56) and short names of its own.
"""

from dataclasses import dataclass, field
from typing import Any

from core.mandates.kinds import FileKind
from core.mandates.terms import ComponentKind
from recobro.demo.plan import BANK, RETAILER, TELECOM

CHANNELS = {
    "PSE": "TRANSFER", "TRANSFERENCIA": "TRANSFER", "CORRESPONSAL": "CASH", "OFICINA": "CASH", "CHEQUE": "CHEQUE",
    "TARJETA": "CARD", "NÓMINA": "PAYROLL_DEDUCTION",
}  # fmt: skip
"""The creditors' words for how money came in, and ours."""

DOCUMENT_WORDS = {"CC": "C.C.", "NIT": "NIT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """One creditor's way of writing files. `names` are its column names by what they mean."""

    names: dict[str, str]
    components: dict[ComponentKind, str]
    encoding: str = "utf-8"
    decimal: str = "."
    thousands: str = ""
    trailer: str = ""
    attributes: dict[str, str] = field(default_factory=dict[str, str])


STYLES = {
    BANK: Style(
        names={
            "reference": "No. Obligación", "document_type": "Tipo de Documento", "document": "Identificación",
            "name": "Titular", "product": "Producto", "portfolio": "Portafolio", "opened_on": "Fecha de Apertura",
            "due_on": "Fecha de Vencimiento", "mobile": "Celular", "landline": "Teléfono Fijo",
            "email": "Correo Electrónico", "address": "Dirección", "city": "Ciudad", "department": "Departamento",
            "paid_on": "Fecha de Pago", "amount": "Valor Pagado", "channel": "Canal", "voucher": "Comprobante",
            "reason": "Motivo de Retiro", "closed_on": "Fecha de Retiro", "told_on": "Fecha de Novedad",
        },
        components={
            ComponentKind.PRINCIPAL: "Saldo a Capital", ComponentKind.INTEREST_ORDINARY: "Intereses Corrientes",
            ComponentKind.INTEREST_DEFAULT: "Intereses de Mora", ComponentKind.INSURANCE: "Seguro de Vida",
            ComponentKind.COLLECTION_FEE: "Gastos de Cobranza",
        },
        attributes={"pagaduria": "Pagaduría"},
    ),
    RETAILER: Style(
        names={
            "reference": "Número de Crédito", "document_type": "Tipo Id.", "document": "Cédula o NIT",
            "name": "Nombre o Razón Social", "product": "Línea", "portfolio": "Cartera", "opened_on": "Fecha Compra",
            "due_on": "Fecha Límite", "mobile": "Móvil", "landline": "Teléfono", "email": "E-mail",
            "address": "Dirección de Residencia", "city": "Municipio", "department": "Depto.",
            "paid_on": "Fecha Abono", "amount": "Abono", "channel": "Medio", "voucher": "Recibo", "reason": "Causal",
            "closed_on": "Fecha Devolución", "told_on": "Fecha Novedad",
        },
        components={
            ComponentKind.PRINCIPAL: "Capital", ComponentKind.INTEREST_ORDINARY: "Interés Corriente",
            ComponentKind.INTEREST_DEFAULT: "Interés Mora", ComponentKind.INSURANCE: "Seguro",
            ComponentKind.COLLECTION_FEE: "Gestión de Cobro", ComponentKind.TAX: "IVA",
            ComponentKind.PENALTY: "Sanción",
        },
        encoding="iso8859-1",
        trailer="TOTAL",
    ),
    TELECOM: Style(
        names={
            "reference": "CONTRATO", "document_type": "TIPO_DOC", "document": "NUM_DOC", "name": "SUSCRIPTOR",
            "product": "CONCEPTO", "portfolio": "SEGMENTO", "opened_on": "FEC_EXPEDICIÓN", "due_on": "FEC_VENCE",
            "mobile": "CELULAR", "landline": "FIJO", "email": "CORREO", "address": "DIR_INSTALACIÓN",
            "city": "CIUDAD", "department": "DPTO", "paid_on": "FEC_RECAUDO", "amount": "VALOR", "channel": "ENTIDAD",
            "voucher": "TRANSACCIÓN", "reason": "CAUSA", "closed_on": "FEC_RETIRO", "told_on": "FEC_NOVEDAD",
        },
        components={
            ComponentKind.PRINCIPAL: "SALDO", ComponentKind.TAX: "IVA", ComponentKind.OTHER: "RECONEXIÓN",
            ComponentKind.INTEREST_DEFAULT: "RECARGO_MORA", ComponentKind.PENALTY: "SANCIÓN",
        },
        decimal=",",
        thousands=".",
    ),
}  # fmt: skip


def columns(style: Style, kind: FileKind) -> tuple[str, ...]:
    """The header of a creditor's file."""
    names = [style.names[meaning] for meaning in _MEANINGS[kind]]
    if kind is FileKind.NEW:
        names += [*style.components.values(), *style.attributes.values()]
    return tuple(names)


_MEANINGS = {
    FileKind.NEW: (
        "reference", "document_type", "document", "name", "product", "portfolio", "opened_on", "due_on", "mobile",
        "landline", "email", "address", "city", "department",
    ),
    FileKind.FINANCIAL: ("reference", "paid_on", "amount", "channel", "voucher"),
    FileKind.MAINTENANCE: ("reference", "mobile", "told_on"),
    FileKind.RECALL: ("reference", "closed_on", "reason"),
}  # fmt: skip


def layout(style: Style, kind: FileKind) -> dict[str, Any]:
    """The layout of a creditor's file of one kind, as `save_file_layout` takes it."""
    made: dict[str, Any] = {
        "format": "csv",
        "delimiter": ";",
        "encoding": style.encoding,
        "decimal": style.decimal,
        "thousands": style.thousands,
        "dates": "DD/MM/YYYY",
        "columns": _COLUMNS[kind](style),
    }
    if style.trailer and kind in (FileKind.NEW, FileKind.FINANCIAL):
        made["trailer"] = {"marker": style.trailer, "rows": 2, "sum": 3}
    return made


def _new(style: Style) -> dict[str, Any]:
    name = style.names
    return {
        "reference": name["reference"],
        "debtor_name": name["name"],
        "identifier_type": {
            "column": name["document_type"],
            "values": {word: kind for kind, word in DOCUMENT_WORDS.items()},
        },
        "identifier_number": name["document"],
        "phones": [name["mobile"], name["landline"]],
        "emails": [name["email"]],
        "address": {"lines": [name["address"]], "city": name["city"], "region": name["department"]},
        "opened_on": name["opened_on"],
        "due_on": name["due_on"],
        "product": name["product"],
        "portfolio": name["portfolio"],
        "components": [{"kind": kind.value, "column": column} for kind, column in style.components.items()],
        "attributes": list(style.attributes.values()),
    }


def _financial(style: Style) -> dict[str, Any]:
    name = style.names
    return {
        "reference": name["reference"],
        "paid_on": name["paid_on"],
        "amount": name["amount"],
        "method": {"column": name["channel"], "values": CHANNELS},
        "payment_reference": name["voucher"],
        "received_by": {"constant": "CREDITOR"},
    }


def _maintenance(style: Style) -> dict[str, Any]:
    name = style.names
    return {"reference": name["reference"], "phones": [name["mobile"]], "effective_on": name["told_on"]}


def _recall(style: Style) -> dict[str, Any]:
    name = style.names
    return {"reference": name["reference"], "closed_on": name["closed_on"], "reason": name["reason"]}


_COLUMNS = {
    FileKind.NEW: _new,
    FileKind.FINANCIAL: _financial,
    FileKind.MAINTENANCE: _maintenance,
    FileKind.RECALL: _recall,
}
