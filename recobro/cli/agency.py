"""`agency`: the tenants of this installation."""

from typing import Annotated
from uuid import UUID

import typer

from core.interest.install_rate_caps import PUBLISHED, install_rate_caps
from core.interest.save_rate_cap import RateCapSaved
from core.kit.errors import not_found
from core.kit.scope import Actor, agency_scope
from core.permissions import Permission
from recobro.cli.common import console, table, with_database
from recobro.cli.user import Invite, PasswordStdin, ask_password, show_invitation
from tenants import identity
from tenants.create_agency import CreateAgency, create_agency

app = typer.Typer(help="Agencies: the tenants of this installation.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Its name, as people write it.")],
    slug: Annotated[str, typer.Option(help="Short name: lower-case letters, digits and hyphens.")],
    tax_id: Annotated[str, typer.Option(help="Tax id; in Colombia the NIT with its check digit.")],
    admin_email: Annotated[str, typer.Option(help="E-mail address of its first administrator.")],
    admin_name: Annotated[str, typer.Option(help="Name of its first administrator.")],
    country: Annotated[str, typer.Option(help="ISO 3166 code.")] = "CO",
    timezone: Annotated[str, typer.Option(help="IANA name.")] = "America/Bogota",
    currency: Annotated[str, typer.Option(help="ISO 4217 code.")] = "COP",
    password_stdin: PasswordStdin = False,
    invite: Invite = False,
) -> None:
    """Open an agency with its first administrator. Asks for the administrator's password, without showing it."""
    password = None if invite else ask_password(password_stdin=password_stdin)
    command = CreateAgency(
        name=name, slug=slug, tax_id=tax_id, admin_email=admin_email, admin_name=admin_name, country=country,
        timezone=timezone, currency=currency, admin_password=password,
    )  # fmt: skip
    made = with_database(lambda: create_agency(identity.installation_scope(), command))
    console.print(f"Opened {name} ({slug}).")
    show_invitation(admin_email, made.invitation)


@app.command("list")
def list_agencies() -> None:
    """Every agency, by name; at most 1,000."""
    found = with_database(_agencies)
    table("Agencies", ("slug", "name", "tax id", "country", "zone", "currency", "people", "since"), found)


@app.command("rate-caps")
def rate_caps(
    slug: Annotated[str, typer.Argument(help="The agency's short name.")],
    country: Annotated[str, typer.Option(help="ISO 3166 code.")] = "CO",
) -> None:
    """Keep the published caps of interest of a country for an agency, as `rateCapsInstall` does."""
    saved = with_database(lambda: _install(slug, country))
    table(
        f"{slug}: caps of {country}",
        ("modality", "from", "to", "a year", "by", "changed"),
        [
            (
                cap.modality,
                cap.valid_from,
                cap.valid_to,
                f"{cap.annual_rate:.2%}",
                cap.resolution,
                "✓" if one.changed else "",
            )
            for cap, one in zip(PUBLISHED[country], saved, strict=True)
        ],
    )
    console.print(f"{sum(one.stale_debts for one in saved)} debts are corrected by the next accrual.")


async def _install(slug: str, country: str) -> list[RateCapSaved]:
    async with identity.transaction("command line", read_only=True) as tx:
        agency_id: UUID | None = await tx.fetchval("SELECT id FROM agency WHERE slug = $1", slug)
    if agency_id is None:
        raise not_found("agency", "slug")
    scope = agency_scope(agency_id, Actor("system", "command line"), (Permission.INTEREST_MANAGE,))
    return await install_rate_caps(scope, country)


async def _agencies() -> list[tuple[object, ...]]:
    async with identity.transaction("command line", read_only=True) as tx:
        rows = await tx.fetch(
            "SELECT a.slug, a.name, a.tax_id, a.country, a.timezone, a.currency, count(m.id) AS people, "
            "to_char(a.created_at, 'YYYY-MM-DD') AS since FROM agency a "
            "LEFT JOIN membership m ON m.agency_id = a.id AND m.kind = 'AGENCY' AND m.disabled_at IS NULL "
            "GROUP BY a.id ORDER BY a.name, a.id LIMIT 1000"
        )
    return [tuple(row.values()) for row in rows]
