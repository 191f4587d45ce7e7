"""The people and the machine of the demo: for every role at both agencies, at the bank and over the installation."""

from dataclasses import dataclass

from core.kit.errors import InvalidInput
from recobro.demo.plan import AGENCIES, BANK, CREDITORS, RETAILER, TELECOM
from tenants.kinds import MembershipKind, Role

PASSWORD = "cobranza-demo"  # noqa: S105 - meant to be known
"""Everybody's, in the demo alone: it stands in the banner and in the README."""

MACHINE = "machine"
EXPLORER_CLIENT, MACHINE_CLIENT = "recobro-explorer", "recobro-demo-machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One sign-in of the demo. `key` is what `demo token` takes; `agency` and `creditor` are keys of the plan: a
    creditor's user with an agency sees that agency's part alone. The machine has a client, and no address or role."""

    key: str
    name: str
    email: str
    kind: MembershipKind
    role: Role | None
    place: str
    agency: str | None = None
    creditor: str | None = None

    @property
    def title(self) -> str:
        return self.role.value.replace("_", " ").capitalize() if self.role else "Machine client"

    @property
    def label(self) -> str:
        """Such as "Agency admin · Cobranzas Andinas"."""
        return f"{self.title} · {self.place}"


_AGENCY = {agency.key: agency.name for agency in AGENCIES}
_CREDITOR = {creditor.key: creditor.name for creditor in CREDITORS}
_FIRST, _SECOND = _AGENCY
_DOMAIN = {BANK: "cordillera.example", RETAILER: "laceiba.example", TELECOM: "senalcosta.example"}


def _staff(agency: str, ending: str, domain: str, names: dict[Role, str]) -> list[Person]:
    return [
        Person(
            key=role.value.lower().replace("_", "-") + ending,
            name=name,
            email=f"{role.value.lower().replace('_', '.')}@{domain}",
            kind=MembershipKind.AGENCY,
            role=role,
            place=_AGENCY[agency],
            agency=agency,
        )
        for role, name in names.items()
    ]


def _creditor(key: str, role: Role, name: str, mailbox: str, creditor: str, agency: str | None = None) -> Person:
    return Person(
        key=key,
        name=name,
        email=f"{mailbox}@{_DOMAIN[creditor]}",
        kind=MembershipKind.CREDITOR,
        role=role,
        place=_CREDITOR[creditor] + (f" at {_AGENCY[agency]}" if agency else ""),
        agency=agency,
        creditor=creditor,
    )


EVERYBODY: tuple[Person, ...] = (
    *_staff(
        _FIRST, "", "andinas.example",
        {
            Role.AGENCY_ADMIN: "Marcela Restrepo Ochoa",
            Role.SUPERVISOR: "Julián Cárdenas Peña",
            Role.COLLECTOR: "Paola Muñoz Díaz",
            Role.COMPLIANCE_OFFICER: "Óscar Téllez Rincón",
            Role.AUDITOR: "Inés Villamizar Soto",
        },
    ),
    Person(
        key=MACHINE, name="Integración nocturna", email="", kind=MembershipKind.AGENCY, role=None,
        place=_AGENCY[_FIRST], agency=_FIRST,
    ),
    _creditor("creditor-admin", Role.CREDITOR_ADMIN, "Andrés Londoño Vélez", "admin", BANK),
    _creditor("creditor-approver", Role.CREDITOR_APPROVER, "Sofía Jaramillo Ruiz", "aprueba", BANK),
    _creditor("creditor-viewer", Role.CREDITOR_VIEWER, "Raúl Quiñones Mejía", "consulta", BANK),
    _creditor("creditor-viewer-andinas", Role.CREDITOR_VIEWER, "Lucía Henao Marín", "andinas", BANK, _FIRST),
    _creditor("creditor-admin-almacenes", Role.CREDITOR_ADMIN, "Tomás Ávila Gil", "cartera", RETAILER),
    _creditor("creditor-admin-telefonia", Role.CREDITOR_ADMIN, "Ángela Peñaranda Cruz", "cartera", TELECOM),
    *_staff(
        _SECOND, "-caribe", "caribe.example",
        {
            Role.AGENCY_ADMIN: "Álvaro Núñez Barrios",
            Role.SUPERVISOR: "Yolanda Acosta De la Hoz",
            Role.COLLECTOR: "Wílmer Zúñiga Páez",
            Role.COMPLIANCE_OFFICER: "Rocío Ordóñez Cantillo",
            Role.AUDITOR: "Germán Ibáñez Lara",
        },
    ),
    Person(
        key="operator", name="Operación Recobro", email="operator@recobro.example", kind=MembershipKind.OPERATOR,
        role=Role.OPERATOR, place="this installation",
    ),
)  # fmt: skip


def by_key(key: str) -> Person:
    """Raises: InvalidInput, listing the keys there are."""
    found = next((person for person in EVERYBODY if person.key == key), None)
    if found is None:
        raise InvalidInput(
            f"The demo has no '{key[:40]}'.", code="UNKNOWN_PERSON", field="role",
            remedy=f"Give one of: {', '.join(person.key for person in EVERYBODY)}.",
        )  # fmt: skip
    return found
