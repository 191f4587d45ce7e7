"""A bank's file is imported whole or not at all, and once; what came in is unidentified money of the trust account."""

import asyncio

import pytest

from core.banking.kinds import AccountKind
from core.banking.open_account import OpenAccount, open_account
from core.banking.save_csv_layout import save_csv_layout
from core.banking.upload_statements import MAX_BYTES, UploadStatements, upload_statements
from core.kit.errors import Conflict, Forbidden, InvalidInput, LimitExceeded, NotFound
from core.kit.files import StoredFile, path_of
from core.kit.ids import new_id
from core.kit.scope import agency_scope
from tests.core.banking.conftest import Counter
from tests.core.banking.samples import IBAN, camt, csv_lines, document, entry, mt940, part, statement
from tests.core.house import COLLECTOR
from tests.helpers_jobs import run_jobs

TWO = camt(entry("10.00", ref="A"), entry("4.00", cd="DBIT", ref="B"), opening="5.00", closing="11.00")


async def test_receipts_become_unidentified_money(counter: Counter) -> None:
    file = await counter.give(TWO)
    assert (file["state"], file["format"], file["result"]) == (
        "IMPORTED", "CAMT", {"statements": 1, "repeated": 0, "entries": 2, "duplicates": 0, "unbooked": 0},
    )  # fmt: skip
    (row,) = await counter.fetch("SELECT * FROM bank_statement")
    assert (row["opening_minor"], row["closing_minor"], row["credit_minor"], row["debit_minor"]) == (
        500,
        1100,
        1000,
        400,
    )
    credit, debit = await counter.entries()
    assert (credit["state"], credit["amount_minor"], debit["direction"], debit["state"]) == (
        "UNMATCHED", 1000, "DEBIT", "UNMATCHED",
    )  # fmt: skip
    (posting,) = await counter.fetch("SELECT * FROM ledger_posting")
    assert (posting["debit"], posting["credit"], posting["amount_minor"], posting["source_id"]) == (
        "TRUST_BANK", "UNIDENTIFIED", 1000, credit["id"],
    )  # fmt: skip
    assert posting["effective_on"] == credit["booked_on"]


async def test_the_same_file_twice_is_one(counter: Counter) -> None:
    first = await counter.give(TWO)
    again = await counter.upload(TWO)
    assert (again.repeated, again.file_id, again.state, again.job_id) == (True, first["id"], "IMPORTED", None)


async def test_the_same_statement_in_another_file_does_nothing(counter: Counter) -> None:
    await counter.give(TWO)
    file = await counter.give(TWO + b"\n<!-- another copy -->")
    assert file["result"] == {"statements": 0, "repeated": 1, "entries": 0, "duplicates": 0, "unbooked": 0}
    assert await counter.balances() == {"TRUST_BANK": 1000, "UNIDENTIFIED": -1000}


async def test_an_overlapping_statement_brings_what_is_new(counter: Counter) -> None:
    await counter.give(TWO)
    file = await counter.give(
        camt(
            entry("10.00", ref="A"), entry("4.00", cd="DBIT", ref="B"), entry("3.00", ref="C"),
            opening="5.00", closing="14.00", number="S2",
        )
    )  # fmt: skip
    assert (file["result"]["entries"], file["result"]["duplicates"]) == (1, 2)
    assert await counter.balances() == {"TRUST_BANK": 1300, "UNIDENTIFIED": -1300}


async def test_the_same_entry_in_another_format_is_known_by_the_banks_reference(counter: Counter) -> None:
    await counter.give(TWO)
    file = await counter.give(
        mt940(
            "2603020302C10,00NTRFX//A", "2603020302D4,00NTRFX//B", opening="C260302EUR5,00", closing="C260302EUR11,00"
        )
    )
    assert (file["result"]["entries"], file["result"]["duplicates"]) == (0, 2)


async def test_a_batch_told_first_whole_and_then_in_parts_is_one_receipt(counter: Counter) -> None:
    await counter.give(camt(entry("60.00", ref="B"), opening="0", closing="60.00"))
    split = entry("60.00", ref="B", parts=part("10.00", e2e="a") + part("50.00", e2e="b"))
    file = await counter.give(camt(split, opening="0", closing="60.00", number="S2"))
    assert (file["result"]["entries"], file["result"]["duplicates"]) == (0, 2)
    assert await counter.balances() == {"TRUST_BANK": 6000, "UNIDENTIFIED": -6000}


async def test_equal_lines_without_a_reference_are_counted(counter: Counter) -> None:
    twins = [entry("10.00", ref="", parts=part(text="rent")) for _ in range(2)]
    first = await counter.give(camt(*twins, opening="0", closing="20.00"))
    assert first["result"]["entries"] == 2
    third = await counter.give(
        camt(*twins, entry("10.00", ref="", parts=part(text="rent")), opening="0", closing="30.00", number="S2")
    )
    assert (third["result"]["entries"], third["result"]["duplicates"]) == (1, 2)
    assert (await counter.balances())["UNIDENTIFIED"] == -3000


async def test_one_reference_for_several_entries_of_a_day(counter: Counter) -> None:
    file = await counter.give(
        camt(entry("1.00", ref="X"), entry("2.00", ref="X"), entry("2.00", ref="X"), opening="0", closing="5.00")
    )
    assert file["result"]["entries"] == 3


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (camt(entry("10.00"), opening="5.00", closing="16.00"), "STATEMENT_DOES_NOT_ADD_UP"),
        (camt(entry("10.00"), opening="0", closing="10.00", account="FR7630006000011234567890189"), "ACCOUNT_UNKNOWN"),
        (camt(entry("10.00", ccy="USD"), opening="0", closing="10.00"), "CURRENCY_MISMATCH"),
        (camt(entry("10.00", ccy="USD"), opening="0", closing="10.00", ccy="USD"), "ACCOUNT_UNKNOWN"),
        (camt(entry("10.001"), opening="0", closing="10.00"), "AMOUNT_TOO_PRECISE"),
        (TWO[:-30], "INVALID_XML"),
        (b"what is this", "UNKNOWN_FORMAT"),
        (
            document(
                statement(entry("10.00"), opening="0", closing="10.00"),
                statement(entry("10.00", ref="2"), opening="10.00", closing="19.00", number="S2"),
            ),
            "STATEMENT_DOES_NOT_ADD_UP",
        ),
    ],
)
async def test_a_refused_file_posts_nothing_and_is_kept(counter: Counter, content: bytes, code: str) -> None:
    file = await counter.give(content)
    assert (file["state"], file["error_code"]) == ("REJECTED", code)
    assert file["error_message"] and file["error_remedy"]
    assert path_of(counter.scope.agency, file["file_sha256"]).read_bytes() == content
    assert await counter.entries() == []
    assert await counter.balances() == {}
    (told,) = await counter.fetch("SELECT data FROM event WHERE name = 'bank_file.rejected'")
    assert told["data"]["code"] == code
    # The reason may be gone: the same file is taken in again.
    assert (await counter.upload(content)).repeated is False


async def test_several_statements_of_several_accounts(counter: Counter) -> None:
    other = OpenAccount(name="own", kind=AccountKind.OPERATING, number="NL91 ABNA 0417 1643 00", currency="EUR")
    await open_account(counter.scope, other)
    file = await counter.give(
        document(
            statement(entry("10.00"), opening="0", closing="10.00"),
            statement(entry("7.00"), opening="0", closing="7.00", account="NL91ABNA0417164300"),
        )
    )
    assert file["result"]["statements"] == 2
    # The agency's own money is not in the trust account, and none of the debtors'.
    assert await counter.balances() == {"TRUST_BANK": 1000, "UNIDENTIFIED": -1000}
    assert sorted(one["state"] for one in await counter.entries()) == ["IGNORED", "UNMATCHED"]


async def test_csv_is_read_by_the_layout_of_the_account_it_is_given_for(counter: Counter) -> None:
    layout = {
        "columns": {"booked_on": "Fecha", "amount": "Valor", "text": ["Concepto"], "bank_reference": "Referencia"},
        "delimiter": ";", "decimal": ",",
    }  # fmt: skip
    content = csv_lines(("2026-03-02", "1.000,50", "hello", "R1", ""))
    assert (await counter.give(content))["error_code"] == "UNKNOWN_FORMAT"
    await save_csv_layout(counter.scope, counter.account_id, layout)
    file = await counter.give(content, counter.account_id)
    assert (file["state"], file["format"]) == ("IMPORTED", "CSV")
    assert [one["amount_minor"] for one in await counter.entries()] == [100050]


async def test_a_file_given_for_another_account_is_refused(counter: Counter) -> None:
    other = await open_account(
        counter.scope, OpenAccount(name="o", kind=AccountKind.TRUST, number="9999", currency="EUR")
    )
    assert (await counter.give(TWO, other))["error_code"] == "OTHER_ACCOUNT"


async def test_banks_may_write_the_currency_behind_the_number(counter: Counter) -> None:
    content = mt940("2603020302C1,00NTRFX//A", closing="C260302EUR1,00", account=f"{IBAN}EUR")
    assert (await counter.give(content))["state"] == "IMPORTED"


async def test_two_agencies_have_nothing_of_one_another(counter: Counter) -> None:
    await counter.give(TWO)
    south = counter.home.south
    await counter.upload(TWO, scope=south)
    await run_jobs(counter.database)
    (file,) = await counter.fetch("SELECT * FROM bank_file", scope=south)
    assert file["error_code"] == "ACCOUNT_UNKNOWN"
    for table in ("bank_account", "bank_statement", "bank_entry", "payment_reference", "ledger_posting"):
        assert await counter.fetch(f"SELECT 1 FROM {table}", scope=south) == []
    with pytest.raises(NotFound):
        await counter.upload(b"x", counter.account_id, scope=south)


async def test_a_creditor_sees_nothing_of_the_bank(counter: Counter) -> None:
    await counter.give(TWO)
    for table in ("bank_account", "bank_file", "bank_statement", "bank_entry", "payment_reference"):
        with pytest.raises(Exception, match="permission denied"):
            await counter.fetch(f"SELECT 1 FROM {table}", scope=counter.home.bank_scope)


async def test_who_may_not_bank(counter: Counter) -> None:
    scope = agency_scope(counter.scope.agency, COLLECTOR, {"banking:read"})
    with pytest.raises(Forbidden):
        await counter.upload(TWO, scope=scope)
    with pytest.raises(Forbidden):
        await open_account(scope, OpenAccount(name="x", kind=AccountKind.TRUST, number="12345", currency="EUR"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": "1"}, "INVALID_ACCOUNT_NUMBER"),
        ({"currency": "XQX"}, "UNKNOWN_CURRENCY"),
        ({"name": " "}, "INVALID_TEXT"),
        ({"csv_layout": {}}, "INVALID_LAYOUT"),
    ],
)
async def test_what_is_no_account(counter: Counter, change: dict[str, object], code: str) -> None:
    given = {"name": "x", "kind": AccountKind.TRUST, "number": "12345", "currency": "EUR"} | change
    with pytest.raises(InvalidInput) as refused:
        await open_account(counter.scope, OpenAccount(**given))  # type: ignore[arg-type]
    assert refused.value.code == code


async def test_an_account_is_opened_once(counter: Counter) -> None:
    again = OpenAccount(name="other", kind=AccountKind.TRUST, number=IBAN.lower(), currency="EUR")
    with pytest.raises(Conflict) as refused:
        await open_account(counter.scope, again)
    assert refused.value.code == "ACCOUNT_KNOWN"


async def test_too_large_a_file_is_not_taken(counter: Counter) -> None:
    with pytest.raises(LimitExceeded):
        await upload_statements(
            counter.scope, UploadStatements(file=StoredFile("0" * 64, MAX_BYTES + 1), file_name="f")
        )


async def test_the_same_file_at_the_same_time_is_one(counter: Counter) -> None:
    uploads = await asyncio.gather(*(counter.upload(TWO) for _ in range(5)))
    assert [one.repeated for one in uploads].count(False) == 1
    assert len({one.file_id for one in uploads}) == 1
    await run_jobs(counter.database)
    assert len(await counter.entries()) == 2


async def test_an_unknown_account_is_not_found(counter: Counter) -> None:
    with pytest.raises(NotFound):
        await save_csv_layout(counter.scope, new_id(), {"columns": {"booked_on": "a", "amount": "b"}})
