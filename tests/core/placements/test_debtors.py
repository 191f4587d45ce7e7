"""Who owes: identifiers, phones and addresses of a file, and one party for one person."""

from datetime import date, timedelta

from core.kit import clock, db
from core.kit.ids import new_id
from core.mandates.create_mandate import CreateMandate, create_mandate
from core.mandates.create_portfolio import CreatePortfolio, create_portfolio
from tests.core.placements.conftest import Desk, MakeDesk

LAYOUT = {
    "columns": {
        "reference": "ref", "debtor_name": "name", "identifier_type": {"column": "type", "values": {"C.C.": "CC"}},
        "identifier_number": "doc", "phones": ["tel1", "tel2"], "emails": ["mail"], "birth_date": "born",
        "address": {"lines": ["street", "unit"], "city": "city", "region": {"constant": "Cundinamarca"}},
        "opened_on": {"constant": "2024-01-01"}, "due_on": "due",
        "components": [{"kind": "PRINCIPAL", "column": "amount"}],
    }
}  # fmt: skip
HEAD = "ref,name,type,doc,tel1,tel2,mail,born,street,unit,city,due,amount\n"


async def test_one_person_is_one_party_whatever_the_spelling(desk: Desk) -> None:
    await desk.layout(LAYOUT)
    batch = await desk.accept(
        HEAD + "A,Ana,C.C.,12.345.678,300 123 4567,,ANA@X.CO,1980-02-29,Calle 1,Apto 2,Bogotá,,1\n"
        "B,Ana P.,cc,12345678,+57 3001234567,6012345678,ana@x.co,,Calle 1,Apto 2,Bogotá,,1\n"
        "C,Taller,NIT,800.003.122-6,123,abc,no-mail,,,,,,1\n"
        "D,Taller 2,NIT,800003122-5,,,,,,,,,1\n"
        "E,Nadie,,,,,,,,,,,1\nF,Nadie,,,,,,,,,,,1\n"
        "G,Ana,XX,1,,,,,,,,,1\nH,Ana,CC,12A,,,,,,,,,1\nI,Ana,,123,,,,,,,,,1\n"
    )
    assert sorted((line, code) for line, code, _, _ in await desk.issues(batch["id"])) == [
        (4, "INVALID_EMAIL"), (4, "PHONE_NOT_VALID"), (4, "UNREADABLE_PHONE"), (5, "CHECK_DIGIT"),
        (8, "INVALID_IDENTIFIER_TYPE"), (9, "INVALID_IDENTIFIER"), (10, "MISSING_VALUE"),
    ]  # fmt: skip
    assert (batch["rows_accepted"], batch["rows_rejected"]) == (6, 3)
    assert await desk.value("SELECT count(*) FROM party") == 5
    people = {row["name"]: row for row in await desk.fetch("SELECT * FROM party")}
    assert people["Ana"]["birth_date"] == date(1980, 2, 29) and people["Taller"]["kind"] == "LEGAL"
    identifiers = await desk.fetch("SELECT type, issuer, number, verified FROM party_identifier ORDER BY type, number")
    assert [tuple(row.values()) for row in identifiers] == [
        ("CC", "CO", "12345678", True), ("NIT", "CO", "8000031225", False), ("NIT", "CO", "8000031226", True),
    ]  # fmt: skip
    points = await desk.fetch("SELECT value, line_type, valid FROM contact_point ORDER BY value")
    assert [tuple(row.values()) for row in points] == [
        ("+57123", None, False), ("+573001234567", "MOBILE", True), ("+576012345678", "FIXED_LINE", True),
        ("ana@x.co", None, True),
    ]  # fmt: skip
    address = (await desk.fetch("SELECT lines, city, region FROM postal_address"))[0]
    assert tuple(address.values()) == ("Calle 1, Apto 2", "Bogotá", "Cundinamarca")
    assert await desk.value("SELECT debtor_document FROM debt WHERE reference = 'A'") == "12.345.678"


async def test_two_creditors_of_an_agency_share_the_person_and_not_the_customer_number(make_desk: MakeDesk) -> None:
    desk = await make_desk()
    other = await make_desk()
    other.scope = desk.scope
    other.creditor_id = new_id()
    async with db.transaction(desk.scope) as tx:
        await tx.execute(
            "INSERT INTO creditor (agency_id, id, creditor_id, name, code, tax_id, country) VALUES "
            "($1,$2,$2,'S','s','2','CO')",
            desk.scope.agency, other.creditor_id,
        )  # fmt: skip
    mandate = await create_mandate(
        desk.scope, CreateMandate(creditor_id=other.creditor_id, name="m", currency="COP", timezone="America/Bogota")
    )
    other.mandate_id = mandate.mandate_id
    other.portfolio_id = (
        await create_portfolio(desk.scope, CreatePortfolio(mandate_id=mandate.mandate_id, name="p"))
    ).portfolio_id
    rows = HEAD + "A,Ana,CC,12345678,,,,,,,,,1\nB,Bob,CUSTOMER,77-1,,,,,,,,,1\n"
    for one in (desk, other):
        await one.layout(LAYOUT)
        assert (await one.accept(rows))["rows_accepted"] == 2
    assert await desk.value("SELECT count(*) FROM party") == 3
    issuers = await desk.fetch("SELECT issuer FROM party_identifier WHERE type = 'CUSTOMER' AND number = '77-1'")
    assert {row["issuer"] for row in issuers} == {str(desk.creditor_id), str(other.creditor_id)}


async def test_the_stage_follows_from_the_oldest_due_date(desk: Desk) -> None:
    await desk.layout(LAYOUT)
    today = clock.today("America/Bogota")
    days = {"A": -1, "B": 0, "C": 1, "D": 30, "E": 31, "F": 90, "G": 91, "H": 4000}
    rows = "".join(f"{ref},X,,,,,,,,,,{today - timedelta(past)},1\n" for ref, past in days.items())
    await desk.accept(HEAD + rows + "I,X,,,,,,,,,,,1\n")
    stages = {row["reference"]: row["stage"] for row in await desk.fetch("SELECT reference, stage FROM debt")}
    assert stages == {
        "A": "PREVENTION", "B": "PREVENTION", "C": "EARLY", "D": "EARLY", "E": "INTERMEDIATE", "F": "INTERMEDIATE",
        "G": "PRE_LEGAL", "H": "PRE_LEGAL", "I": "PREVENTION",
    }  # fmt: skip
