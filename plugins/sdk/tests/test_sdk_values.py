"""Values of the SDK: money, manifests, offers, outcomes and errors."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from recobro_sdk import (
    BureauReport,
    Capability,
    CaseSummary,
    Consent,
    DebtComponent,
    DebtConcept,
    Dossier,
    Guarantee,
    InvalidConfiguration,
    Money,
    Offer,
    PluginContext,
    PluginError,
    PluginManifest,
    PluginScope,
    ProcessType,
    RateLimited,
    RejectedByProvider,
    Subject,
    SubjectKind,
    scope_text,
)

AMOUNTS = st.integers(min_value=-(10**30), max_value=10**30)


@given(AMOUNTS, AMOUNTS)
def test_money_adds_like_integers(first: int, second: int) -> None:
    total = Money(first, "COP") + Money(second, "COP")
    assert total.minor_units == first + second
    assert total - Money(second, "COP") == Money(first, "COP")
    assert -Money(first, "COP") + Money(first, "COP") == Money.zero("COP")


@given(AMOUNTS, st.sampled_from(["COP", "CLP", "KWD", "CLF"]))
def test_money_as_decimal_loses_nothing_whatever_the_precision(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    with localcontext(prec=3):
        value, text = money.to_decimal(), money.to_text()
    with localcontext(prec=60):
        assert value.scaleb(money.exponent) == minor
        assert Decimal(text) == value
    assert len(text.partition(".")[2]) == money.exponent


@pytest.mark.parametrize(("minor", "text"), [(0, "0.00"), (-5, "-0.05"), (123450, "1234.50"), (-100, "-1.00")])
def test_money_text(minor: int, text: str) -> None:
    assert Money(minor, "COP").to_text() == text


@pytest.mark.parametrize("wrong", [1.0, True, "1", Decimal(1), None])
def test_money_takes_whole_numbers_only(wrong: Any) -> None:
    with pytest.raises(TypeError):
        Money(wrong, "COP")


def test_money_of_two_currencies_is_not_added() -> None:
    with pytest.raises(ValueError, match="cannot combine"):
        _ = Money(1, "COP") + Money(1, "USD")
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, "pesos")


def manifest(*scopes: str, sdk: str = ">=0.1,<0.2") -> PluginManifest:
    return PluginManifest(
        name="acme",
        version="1.0",
        summary="Acme",
        maintainer="Acme",
        homepage="https://acme.example",
        capabilities=frozenset({Capability.BUREAU}),
        scopes=tuple(PluginScope(code, "Because.") for code in scopes),
        sdk=sdk,
    )


@pytest.mark.parametrize(
    ("sdk", "version", "fits"),
    [
        (">=0.1,<0.2", "0.1.0", True),
        (">=0.1,<0.2", "0.1.9", True),
        (">=0.1,<0.2", "0.2.0", False),
        (">=0.1,<0.2", "0.2", False),
        (">=0.1.1", "0.1.0", False),
        (">=0.9, <0.10", "0.9.5", True),
        (">=0.9, <0.10", "0.10.0", False),
        (">=1", "1.0.0", True),
    ],
)
def test_sdk_range(sdk: str, version: str, fits: bool) -> None:
    assert manifest(sdk=sdk).accepts_sdk(version) is fits


@pytest.mark.parametrize("sdk", ["", "0.1", "~=0.1", ">=0.1;<2"])
def test_malformed_sdk_range(sdk: str) -> None:
    with pytest.raises(ValueError, match="malformed SDK range"):
        manifest(sdk=sdk)


@pytest.mark.parametrize("scope", ["", "http", "http:Bad Host", ":x", "http:"])
def test_malformed_scope(scope: str) -> None:
    with pytest.raises(ValueError, match="malformed scope"):
        manifest(scope)


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    api_key: SecretStr = Field(min_length=8, description="Key")
    base_url: str = Field(default="", description="Address")


def test_allowed_hosts_come_from_scopes_and_settings() -> None:
    scopes = ("http:api.acme.example", "http:{base_url}", "debtor:document:read")
    settings = Settings(api_key=SecretStr("12345678"), base_url="https://Tenant.Acme.example:8443/v1")
    assert manifest(*scopes).allowed_hosts(settings) == {"api.acme.example", "tenant.acme.example"}
    without = settings.model_copy(update={"base_url": ""})
    assert manifest(*scopes).allowed_hosts(without) == {"api.acme.example"}


def test_each_scheme_has_its_own_hosts() -> None:
    scopes = ("http:api.acme.example", "sftp:{base_url}", "sftp:files.acme.example", "sftp:{of_another_offer}")
    settings = Settings(api_key=SecretStr("12345678"), base_url="sftp://Tenant.acme.example:2222/in")
    assert manifest(*scopes).allowed_hosts(settings) == {"api.acme.example"}
    assert manifest(*scopes).allowed_hosts(settings, "sftp") == {"files.acme.example", "tenant.acme.example"}
    with pytest.raises(InvalidConfiguration, match="an sftp address"):
        manifest("sftp:{base_url}").allowed_hosts(settings.model_copy(update={"base_url": "https://a.example"}), "sftp")
    words = scope_text("sftp:{address}"), scope_text("sftp:files.acme.example")
    assert [text.en for text in words if text] == [
        "Connects over SFTP to the address in the setting address.",
        "Connects over SFTP to files.acme.example.",
    ]


@pytest.mark.parametrize("address", ["file:///etc/passwd", "acme.example", "http://"])
def test_address_in_settings_must_be_http(address: str) -> None:
    settings = Settings(api_key=SecretStr("12345678"), base_url=address)
    with pytest.raises(InvalidConfiguration):
        manifest("http:{base_url}").allowed_hosts(settings)


def build(settings: Settings, context: PluginContext) -> str:
    return settings.base_url


def test_offer_names_what_is_wrong_and_never_the_value() -> None:
    offer = Offer(code="acme", summary="Acme", build=build, settings=Settings)
    with pytest.raises(InvalidConfiguration) as caught:
        offer.parse_settings({"api_key": "hunter2", "colour": "hunter3"})
    message = caught.value.safe_message
    assert message == "api_key: too_short; colour: extra_forbidden"
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_offer_is_frozen_and_refuses_open_settings() -> None:
    offer = Offer(code="acme", summary="Acme", build=build, settings=Settings, countries={"CO"})
    with pytest.raises(AttributeError):
        offer.code = "other"  # pyright: ignore[reportAttributeAccessIssue]

    class Open(BaseModel):
        pass

    with pytest.raises(ValueError, match="forbid unknown"):
        Offer(code="acme", summary="Acme", build=lambda settings, context: 1, settings=Open)


def test_errors_say_how_to_recover() -> None:
    limited = RateLimited("slow down", after=timedelta(seconds=7))
    assert limited.retryable and limited.code == "rate_limited" and limited.after == timedelta(seconds=7)
    refused = RejectedByProvider("no", code="requirements_unsatisfied")
    assert not refused.retryable and refused.code == "requirements_unsatisfied" and str(refused) == "no"
    assert isinstance(pickle.loads(pickle.dumps(PluginError("x"))), PluginError)


def test_personal_data_stays_out_of_repr() -> None:
    subject = Subject(
        document_type="CC", document_number="1000000123", country="CO", name="Ana", kind=SubjectKind.NATURAL
    )
    assert "1000000123" not in repr(subject) and "Ana" not in repr(subject)


def test_reports_and_consents_want_aware_times() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 (what has to be refused)
    with pytest.raises(ValueError, match="aware"):
        BureauReport(provider="x", reference="1", fetched_at=naive, score=None)
    with pytest.raises(ValueError, match="aware"):
        Consent(reference="x", granted_at=naive, medium="web", text_version="1")
    with pytest.raises(TypeError):
        BureauReport(provider="x", reference="1", fetched_at=naive.replace(tzinfo=UTC), score=1.5)  # pyright: ignore[reportArgumentType]


def test_dossier_components_add_up_to_the_claim() -> None:
    case = CaseSummary(
        reference="J-1",
        country="CO",
        process=ProcessType.EXECUTIVE,
        guarantee=Guarantee.NONE,
        debtor_kind=SubjectKind.NATURAL,
        claim=Money(100, "COP"),
        due_on=date(2025, 1, 1),
    )
    part = DebtComponent(concept=DebtConcept.PRINCIPAL, amount=Money(99, "COP"))
    with pytest.raises(ValueError, match="add up"):
        Dossier(
            case=case,
            agency_name="A",
            prepared_by="B",
            balance_on=date(2026, 1, 1),
            parties=(),
            components=(part,),
        )
