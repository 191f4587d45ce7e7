"""What the scopes of a manifest mean, in words that an agency's administrator can approve."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from recobro_sdk.texts import Text

SCOPES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "debtor:document:read": Text(
            "Ve el tipo y el número de documento del deudor.", "Sees the debtor's document type and number."
        ),
        "debtor:identity:read": Text(
            "Ve nombre, documento y dirección de las partes de un caso.",
            "Sees name, document and address of the parties of a case.",
        ),
        "debtor:contact:read": Text(
            "Ve los teléfonos, correos y direcciones del deudor.", "Sees the debtor's phones, e-mails and addresses."
        ),
        "debtor:message:send": Text(
            "Escribe al deudor en nombre de la agencia.", "Writes to the debtor for the agency."
        ),
        "debt:balance:read": Text("Ve cuánto se debe y por qué conceptos.", "Sees how much is owed, and for what."),
        "debt:list:read": Text("Ve la lista de las deudas de un acreedor.", "Sees the list of a creditor's debts."),
        "debt:facts:read": Text(
            "Ve datos de las deudas sin saber de quién son.", "Sees facts about debts without knowing whose they are."
        ),
        "debt:reference:read": Text(
            "Ve el número que el acreedor da a la deuda.", "Sees the creditor's own number of a debt."
        ),
        "debt:status:furnish": Text(
            "Comunica a una central de riesgo cómo paga el deudor.", "Tells a credit bureau how the debtor pays."
        ),
        "payment:list:read": Text("Ve los pagos de un acreedor.", "Sees a creditor's payments."),
        "remittance:list:read": Text("Ve las liquidaciones de un acreedor.", "Sees a creditor's statements."),
        "placement:list:read": Text(
            "Ve los archivos de asignación de un acreedor.", "Sees the files that a creditor has sent."
        ),
        "payment:link:create": Text("Pide pagos al deudor.", "Asks the debtor for payments."),
        "payment:refund:create": Text("Devuelve pagos.", "Gives payments back."),
        "event:list:read": Text("Se entera de lo que pasa en la agencia.", "Hears of what happens at the agency."),
        "store:dossier:write": Text("Guarda los expedientes que entrega.", "Keeps the dossiers that it hands over."),
        "table:own:write": Text(
            "Guarda y lee filas en tablas propias, separadas por agencia.",
            "Keeps and reads rows in tables of its own, apart for each agency.",
        ),
    }
)
"""The scopes that the host knows. Beside them there are `http:` and `sftp:`, each with `<host>` or `{field}`."""

_WAYS_OUT: Final = (("http:", "", ""), ("sftp:", " por SFTP", " over SFTP"))


def scope_text(code: str) -> Text | None:
    """What a scope lets the plugin do; None for one that the host does not know."""
    for scheme, es, en in _WAYS_OUT:
        target = code.removeprefix(scheme)
        if target == code:
            continue
        if target.startswith("{"):
            field = target.strip("{}")
            return Text(
                f"Se conecta{es} con la dirección del ajuste {field}.",
                f"Connects{en} to the address in the setting {field}.",
            )
        return Text(f"Se conecta{es} con {target}.", f"Connects{en} to {target}.")
    return SCOPES.get(code)
