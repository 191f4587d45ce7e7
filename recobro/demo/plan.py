"""Who takes part in the demo: two agencies, three creditors, their mandates and when they placed debts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.mandates.terms import DEFAULT_ALLOCATION_ORDER, ComponentKind, Stage

ZONE, CURRENCY, COUNTRY = "America/Bogota", "COP", "CO"

CARD, CONSUMER, PAYROLL, INVOICE, SERVICES = (
    "Tarjeta de crédito", "Crédito de consumo", "Libranza", "Factura", "Servicios",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyPlan:
    key: str
    name: str
    slug: str
    tax_base: str
    """The NIT without its check digit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditorPlan:
    key: str
    name: str
    tax_base: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Debts placed together: so many days ago, this share of the mandate's, so many days past due on that day."""

    days_ago: int
    share: float
    past_due: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MandatePlan:
    """`products` are drawn by weight, and each has its portfolio; who owes an invoice is a firm. `recalls` and
    `new_phones` say whether the creditor sends such files."""

    key: str
    agency: str
    creditor: str
    name: str
    share: float
    cities: str
    prefix: str
    products: Mapping[str, tuple[float, str]]
    placements: tuple[Placement, ...]
    recalls: bool = False
    new_phones: bool = False
    allocation_order: tuple[ComponentKind, ...] = DEFAULT_ALLOCATION_ORDER
    ageing_bounds: tuple[int, ...] = (30, 60, 90, 120, 150, 180)
    stage_days: Mapping[str, int] = field(
        default_factory=lambda: {Stage.EARLY: 1, Stage.INTERMEDIATE: 31, Stage.PRE_LEGAL: 91}
    )

    @property
    def portfolios(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(portfolio for _, portfolio in self.products.values()))


AGENCIES = (
    AgencyPlan(key="andinas", name="Cobranzas Andinas", slug="cobranzas-andinas", tax_base="901900117"),
    AgencyPlan(key="caribe", name="Recaudo del Caribe", slug="recaudo-del-caribe", tax_base="901900231"),
)
BANK, RETAILER, TELECOM = "banco", "almacenes", "telefonia"
CREDITORS = (
    CreditorPlan(key=BANK, name="Banco Cordillera", tax_base="860900341"),
    CreditorPlan(key=RETAILER, name="Almacenes La Ceiba", tax_base="890900457"),
    CreditorPlan(key=TELECOM, name="Señal Costa E.S.P.", tax_base="800900573"),
)

_K = ComponentKind


def _placements(*given: tuple[int, float, tuple[int, int]]) -> tuple[Placement, ...]:
    return tuple(Placement(days_ago=ago, share=share, past_due=past_due) for ago, share, past_due in given)


MANDATES = (
    MandatePlan(
        key="andinas-banco",
        agency="andinas",
        creditor=BANK,
        name="Consumo y tarjetas",
        share=0.36,
        recalls=True,
        cities="andes",
        prefix="40",
        products={CARD: (0.6, "Tarjetas de crédito"), CONSUMER: (0.4, "Crédito de consumo")},
        placements=_placements(
            (358, 0.16, (35, 150)), (272, 0.14, (20, 120)), (186, 0.15, (10, 100)), (118, 0.15, (5, 65)),
            (62, 0.16, (1, 50)), (26, 0.14, (-10, 30)), (5, 0.10, (-25, 10)),
        ),
    ),
    MandatePlan(
        key="andinas-almacenes",
        agency="andinas",
        creditor=RETAILER,
        name="Crédito de almacén",
        share=0.18,
        new_phones=True,
        cities="andes",
        prefix="LC-",
        products={CONSUMER: (0.7, "Personas"), INVOICE: (0.3, "Empresas")},
        placements=_placements(
            (331, 0.22, (30, 120)), (215, 0.2, (15, 90)), (128, 0.2, (5, 60)), (55, 0.2, (1, 40)), (12, 0.18, (-20, 25))
        ),
        # The creditor agreed that payments lower the principal first.
        allocation_order=(_K.PRINCIPAL, _K.TAX, _K.INTEREST_ORDINARY, _K.INTEREST_DEFAULT, _K.PENALTY),
    ),
    MandatePlan(
        key="caribe-banco",
        agency="caribe",
        creditor=BANK,
        name="Libranzas",
        share=0.24,
        new_phones=True,
        cities="coast",
        prefix="70",
        products={PAYROLL: (1.0, "Libranzas")},
        placements=_placements(
            (345, 0.2, (40, 160)), (248, 0.18, (20, 110)), (160, 0.18, (10, 80)), (92, 0.18, (1, 55)),
            (34, 0.16, (-5, 30)), (8, 0.1, (-30, 5)),
        ),
        allocation_order=(_K.INSURANCE, _K.INTEREST_DEFAULT, _K.INTEREST_ORDINARY, _K.PRINCIPAL),
        stage_days={Stage.EARLY: 1, Stage.INTERMEDIATE: 61, Stage.PRE_LEGAL: 121},
    ),
    MandatePlan(
        key="caribe-telefonia",
        agency="caribe",
        creditor=TELECOM,
        name="Servicios fijos y móviles",
        share=0.22,
        recalls=True,
        cities="coast",
        prefix="CTR",
        products={SERVICES: (0.8, "Hogares"), INVOICE: (0.2, "Empresas")},
        placements=_placements(
            (320, 0.2, (20, 90)), (230, 0.2, (10, 80)), (141, 0.2, (5, 60)), (70, 0.2, (1, 40)), (15, 0.2, (-18, 28))
        ),
        allocation_order=(_K.TAX, _K.OTHER, _K.INTEREST_DEFAULT, _K.PRINCIPAL),
        ageing_bounds=(30, 60, 90, 180, 360),
        stage_days={Stage.EARLY: 1, Stage.INTERMEDIATE: 31, Stage.PRE_LEGAL: 61},
    ),
)  # fmt: skip
