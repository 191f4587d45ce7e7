"""The ground of the demo: agencies, people, creditors, mandates, layouts, plugins, made by the use cases of the API."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from core.kit import ids
from core.kit.scope import Actor, Scope, agency_scope
from core.mandates.create_mandate import CreateMandate, create_mandate
from core.mandates.create_portfolio import CreatePortfolio, create_portfolio
from core.mandates.kinds import FileKind
from core.placements.save_file_layout import SaveFileLayout, save_file_layout
from core.plugin_host.enable_offer import enable_offer
from recobro.demo.debtors import tax_id
from recobro.demo.layouts import STYLES, layout
from recobro.demo.persons import EVERYBODY, EXPLORER_CLIENT, MACHINE, MACHINE_CLIENT, PASSWORD, Person
from recobro.demo.plan import AGENCIES, COUNTRY, CREDITORS, CURRENCY, MANDATES, ZONE, AgencyPlan, MandatePlan
from tenants import identity, subjects
from tenants.add_user import AddUser, add_user
from tenants.create_agency import CreateAgency, create_agency
from tenants.create_client import CreateClient, create_client
from tenants.kinds import ClientKind, MembershipKind, Role
from tenants.permissions import MACHINE_SCOPES
from tenants.register_creditor import RegisterCreditor, register_creditor
from tenants.subjects import USER_PREFIX

BUREAU, LEGAL, REPORT = "bureau_sandbox", "legal_handoff", "recovery_report"
OFFERS: dict[str, dict[str, object]] = {
    BUREAU: {"api_key": "sandbox-key-of-the-demo"},
    LEGAL: {"firm_name": "Jurídica Páramo Abogados", "firm_city": "Bogotá D.C.", "filing_margin_days": 30},
    REPORT: {"footer": "Cobranzas Andinas · informe de demostración"},
}
"""What is enabled at the first agency, with its settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A mandate that was made."""

    plan: MandatePlan
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the history stands on. `staff` are scopes by agency and role, `team` who works on debts, by agency."""

    staff: dict[tuple[str, Role], Scope]
    team: dict[str, tuple[UUID, ...]]
    mandates: dict[str, Mandate]


async def set_up(address: str) -> Ground:
    """Make everything but debts. The clock is held by the caller. Raises: DomainError where it was there already."""
    agencies = {plan.key: await _agency(plan) for plan in AGENCIES}
    creditors: dict[str, UUID] = {}
    mandates: dict[str, Mandate] = {}
    for plan in MANDATES:
        admin = agencies[plan.agency]
        creditors[plan.creditor] = await _creditor(admin, plan.creditor)
        mandates[plan.key] = await _mandate(admin, plan, creditors[plan.creditor])
    places = {key: scope.agency for key, scope in agencies.items()}
    members = await asyncio.gather(
        *(_person(person, places, creditors) for person in EVERYBODY if person.role not in (None, Role.AGENCY_ADMIN))
    )
    await _applications(places, address)
    first = agencies[AGENCIES[0].key]
    for code, settings in OFFERS.items():
        await enable_offer(first, code, settings)
    staff = {(key, Role.AGENCY_ADMIN): scope for key, scope in agencies.items()}
    staff |= {(person.agency or "", person.role): scope for person, scope in members if scope and person.role}
    team = {
        key: tuple(ids.decode(USER_PREFIX, staff[key, role].actor.id) for role in (Role.COLLECTOR, Role.SUPERVISOR))
        for key in agencies
    }
    return Ground(staff=staff, team=team, mandates=mandates)


async def _agency(plan: AgencyPlan) -> Scope:
    """An agency, and the scope of its administrator."""
    admin = next(one for one in EVERYBODY if one.agency == plan.key and one.role is Role.AGENCY_ADMIN)
    made = await create_agency(
        identity.installation_scope("demo"),
        CreateAgency(
            name=plan.name, slug=plan.slug, tax_id=tax_id(plan.tax_base), admin_email=admin.email,
            admin_name=admin.name, country=COUNTRY, timezone=ZONE, currency=CURRENCY, admin_password=PASSWORD,
        ),
    )  # fmt: skip
    return await _scope(made.membership_id)


async def _scope(membership_id: UUID) -> Scope:
    """The scope that a member's token would give."""
    async with identity.transaction("demo") as tx:
        subject = await subjects.member(tx, membership_id)
    if subject is None or subject.agency_id is None:
        raise RuntimeError(f"the member {membership_id} of the demo cannot act")
    actor = Actor("user", subject.get_user_id(), subject.name)
    return agency_scope(subject.agency_id, actor, subject.permissions)


async def _creditor(admin: Scope, key: str) -> UUID:
    plan = next(one for one in CREDITORS if one.key == key)
    command = RegisterCreditor(name=plan.name, code=plan.key.upper(), tax_id=tax_id(plan.tax_base), country=COUNTRY)
    return (await register_creditor(admin, command)).creditor_id


async def _mandate(admin: Scope, plan: MandatePlan, creditor_id: UUID) -> Mandate:
    made = await create_mandate(
        admin,
        CreateMandate(
            creditor_id=creditor_id,
            name=plan.name,
            currency=CURRENCY,
            timezone=ZONE,
            allocation_order=plan.allocation_order,
            ageing_bounds=plan.ageing_bounds,
            stage_days=plan.stage_days,
        ),
    )
    for name in plan.portfolios:
        await create_portfolio(admin, CreatePortfolio(mandate_id=made.mandate_id, name=name))
    for kind in FileKind:
        written = layout(STYLES[plan.creditor], kind)
        await save_file_layout(admin, SaveFileLayout(mandate_id=made.mandate_id, kind=kind, layout=written))
    return Mandate(plan=plan, id=made.mandate_id)


async def _person(person: Person, agencies: dict[str, UUID], creditors: dict[str, UUID]) -> tuple[Person, Scope | None]:
    """An account with its membership; its scope, where it works at an agency."""
    assert person.role is not None
    added = await add_user(
        identity.installation_scope("demo"),
        AddUser(
            email=person.email,
            name=person.name,
            role=person.role,
            agency_id=agencies[person.agency] if person.agency else None,
            creditor_id=creditors[person.creditor] if person.creditor else None,
            password=PASSWORD,
        ),
    )
    at_agency = person.kind is MembershipKind.AGENCY
    return person, await _scope(added.membership_id) if at_agency else None


async def _applications(agencies: dict[str, UUID], address: str) -> None:
    """A machine of the first agency, and an application that people sign in with (code and PKCE)."""
    operator = identity.installation_scope("demo")
    command = CreateClient(
        name="API explorer",
        kind=ClientKind.PUBLIC,
        client_id=EXPLORER_CLIENT,
        redirect_uris=(f"{address}/explorer",),
    )
    await create_client(operator, command)
    machine = next(person for person in EVERYBODY if person.key == MACHINE)
    await create_client(
        operator,
        CreateClient(
            name=machine.name,
            client_id=MACHINE_CLIENT,
            agency_id=agencies[machine.agency or ""],
            scopes=tuple(sorted(MACHINE_SCOPES["agency"])),
        ),
    )
