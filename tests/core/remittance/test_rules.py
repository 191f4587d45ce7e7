"""How a period is settled: the three presets with their figures, and what holds whatever happens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kit.errors import InvalidInput
from core.remittance.postings import movements, orders
from core.remittance.rules import (
    DEFAULT,
    Carried,
    Charge,
    Means,
    Period,
    RemittanceTerms,
    Settlement,
    Shortfall,
    carried_of,
    read_terms,
    settle,
)  # fmt: skip

A, D, C = Charge.RECEIVED, Charge.DIRECT, Charge.COSTS
ONE = {A: 29_750, D: 0, C: 0}
BOTH = {A: 29_750, D: 5_000, C: 1_000}


def terms(means: str, shortfall: str = "CARRY") -> RemittanceTerms:
    return read_terms(means, shortfall)


@pytest.mark.parametrize(
    ("means", "charges", "remitted", "invoice"),
    [
        ("NET", ONE, 70_250, 0),
        ("GROSS", ONE, 100_000, 29_750),
        ("COMBINED", ONE, 70_250, 0),
        ("NET", BOTH, 64_250, 0),
        ("GROSS", BOTH, 100_000, 35_750),
        ("COMBINED", BOTH, 70_250, 6_000),
    ],
)
def test_the_presets(means: str, charges: dict[Charge, int], remitted: int, invoice: int) -> None:
    """1000.00 received, 25 % and IVA 19 %: fee 250.00, tax 47.50, 702.50 to the creditor."""
    settled = settle(Period(received=100_000, charges=charges), terms(means))
    assert (settled.remitted, settled.invoice, settled.carried) == (remitted, invoice, Carried())


def test_a_list_of_means_is_gone_through_in_order() -> None:
    listed = read_terms(
        {"RECEIVED": ["WITHHOLD", "INVOICE"], "DIRECT": ["ADVANCES", "WITHHOLD"], "COSTS": ["ADVANCES", "INVOICE"]},
        "CARRY",
    )
    settled = settle(Period(received=30_000, charges={A: 20_000, D: 25_000, C: 7_000}, advances=9_000), listed)
    assert settled.withheld == {A: 20_000, D: 10_000, C: 0}
    assert settled.advances == {A: 0, D: 9_000, C: 0}
    assert settled.invoiced == {A: 0, D: 0, C: 7_000}
    assert settled.carried.charges == {A: 0, D: 6_000, C: 0}
    assert settled.remitted == 0


@pytest.mark.parametrize(("shortfall", "invoice", "carried"), [("CARRY", 0, -5_000), ("INVOICE", 5_000, 0)])
def test_direct_payments_alone_leave_a_fee_to_invoice_or_carry(shortfall: str, invoice: int, carried: int) -> None:
    settled = settle(Period(received=0, charges={A: 0, D: 5_000, C: 0}), terms("NET", shortfall))
    assert (settled.remitted, settled.invoice, settled.carried.total) == (0, invoice, carried)


def test_money_that_bounced_after_it_was_remitted_is_netted_with_its_fee_and_carried() -> None:
    back = Period(received=0, adjustments=-100_000, laid_out=100_000, charges={A: -29_750, D: 0, C: 0})
    settled = settle(back, DEFAULT)
    assert (settled.recovered, settled.credited[A], settled.carried) == (
        29_750, 29_750, Carried(client=-70_250, laid_out=70_250),
    )  # fmt: skip
    assert orders(settled) == {}
    following = settle(Period(received=90_000, charges={A: 0, D: 0, C: 0}, opening=settled.carried), DEFAULT)
    assert (following.remitted, following.recovered, following.carried) == (19_750, 70_250, Carried())


def test_or_it_is_invoiced() -> None:
    back = Period(received=0, adjustments=-100_000, laid_out=100_000, charges={A: -29_750, D: 0, C: 0})
    settled = settle(back, terms("NET", "INVOICE"))
    assert (settled.invoice, settled.carried) == (70_250, Carried())


def test_a_fee_given_back_is_a_credit_note_where_fees_are_invoiced() -> None:
    settled = settle(Period(received=10_000, charges={A: -3_000, D: 0, C: 0}), terms("GROSS"))
    assert (settled.remitted, settled.invoice) == (10_000, -3_000)


@pytest.mark.parametrize(
    "means",
    [
        "NETT",
        {"RECEIVED": ["WITHHOLD"], "DIRECT": ["WITHHOLD"]},
        {"RECEIVED": ["WITHHOLD"], "DIRECT": ["WITHHOLD"], "COSTS": []},
        {"RECEIVED": ["WITHHOLD"], "DIRECT": ["WITHHOLD"], "COSTS": ["STEAL"]},
        {"RECEIVED": ["WITHHOLD", "WITHHOLD"], "DIRECT": ["WITHHOLD"], "COSTS": ["INVOICE"]},
    ],
)
def test_terms_that_mean_nothing_are_refused(means: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_terms(means, "CARRY")  # type: ignore[arg-type]
    assert refused.value.code == "REMITTANCE_TERMS"


def test_terms_are_kept_as_they_are() -> None:
    for name in ("NET", "GROSS", "COMBINED"):
        kept = terms(name, "INVOICE").to_json()
        assert read_terms(kept["means"], str(kept["shortfall"])) == terms(name, "INVOICE")  # type: ignore[arg-type]


minor, signed = st.integers(0, 10**6), st.integers(-(10**6), 10**6)
means_of = st.lists(st.sampled_from(list(Means)), min_size=1, max_size=3, unique=True).map(tuple)
agreed = st.builds(
    RemittanceTerms, st.fixed_dictionaries(dict.fromkeys(Charge, means_of)), st.sampled_from(list(Shortfall))
)


def check(period: Period, settled: Settlement, terms: RemittanceTerms) -> None:
    there = period.received + period.adjustments + period.opening.client + sum(settled.credited.values())
    withheld = sum(settled.withheld.values())
    assert there == settled.remitted + withheld + settled.carried.client - settled.shortfall
    assert sum(settled.advances.values()) <= period.advances
    parts = (*settled.withheld.values(), *settled.advances.values(), *settled.credited.values(), settled.remitted,
             settled.recovered, settled.shortfall, settled.carried.laid_out, -settled.carried.client)  # fmt: skip
    assert min(parts) >= 0
    if there < 0:
        assert settled.remitted == withheld == 0
    for charge in Charge:
        due = period.charges[charge] + period.opening.charges[charge]
        found = (settled.withheld[charge] + settled.advances[charge] + settled.invoiced[charge]
                 + settled.carried.charges[charge] - settled.credited[charge])  # fmt: skip
        assert due == found
    laid_out = period.laid_out + period.opening.laid_out
    assert laid_out == settled.recovered + settled.shortfall + settled.carried.laid_out
    assert carried_of(settled.carried.to_json()) == settled.carried
    if terms.shortfall is Shortfall.INVOICE:
        assert settled.carried.laid_out == 0 == sum(settled.carried.charges.values())


@given(agreed, st.lists(st.tuples(minor, st.lists(minor, max_size=3), signed, signed, minor, minor), max_size=6))
def test_the_creditors_money_is_never_overdrawn_and_nothing_is_lost(
    terms: RemittanceTerms, periods: list[tuple[int, list[int], int, int, int, int]]
) -> None:
    """Periods after each other: money comes in, some of it bounces (what is there is taken, the agency lays out the
    rest), and the statement takes what it takes."""
    client, opening = 0, Carried()
    for received, bounced, fee, fee_direct, cost, advances in periods:
        client += received
        laid_out = 0
        for one in bounced:
            held = min(one, client)
            client, laid_out = client - held, laid_out + one - held
        period = Period(
            received=received, adjustments=-sum(bounced), laid_out=laid_out, advances=advances, opening=opening,
            charges={A: fee, D: fee_direct, C: cost},
        )  # fmt: skip
        settled = settle(period, terms)
        check(period, settled, terms)
        client -= settled.taken
        assert client == 0, "all that was there is stated, and so is settled"
        trust = sum(
            leg.minor * ((leg.debit == "TRUST_BANK") - (leg.credit == "TRUST_BANK")) for _, leg in movements(settled)
        )
        ordered = orders(settled)
        assert trust == ordered.get("FUND", 0) - ordered.get("REMIT", 0) - ordered.get("SWEEP", 0)
        opening = settled.carried
