"""Hours of a place, and a check digit."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from recobro_examples.furnisher import NoSettings
from recobro_sdk import (
    ContactRequest,
    DebtFacts,
    Decision,
    FurnishingRequest,
    Identifier,
    IdentifierVerdict,
    PackDescription,
    PluginContext,
    RequiredNotice,
    RuleSource,
    Text,
    Verdict,
    strictest,
)

_LAW: Final = "Ley 2300 de 2023 art. 3"
_HORIZON: Final = date(2027, 12, 31)
_WEIGHTS: Final = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71)
_RULES: Final = tuple(
    RuleSource(rule=rule, version=1, citation=law, summary=Text(es, en), effective_from=date(2023, 10, 10))
    for rule, law, es, en in (
        ("HOUR", _LAW, "Horario de contacto", "Hours of contact"),
        ("CHANNEL", "Ley 2300 de 2023 art. 2", "Canal autorizado", "Authorised channel"),
        ("HORIZON", _LAW, "Calendario desconocido", "Unknown calendar"),
        ("NOTICE", "Ley 1266 de 2008 art. 12", "Aviso previo", "Prior notice"),
        ("BAR", "Código Civil art. 2536", "Prescripción", "Time bar"),
    )
)


class Hours:
    """A `JurisdictionPack` with a part of the Colombian rules."""

    def __init__(self, settings: NoSettings, context: PluginContext) -> None:
        pass

    def describe(self) -> PackDescription:
        """What it covers."""
        title = Text("Horario", "Hours")
        return PackDescription(
            code="examples_hours", version="1", country="CO", title=title, horizon=_HORIZON, rules=_RULES
        )

    def may_contact(self, request: ContactRequest) -> Decision:
        """Hours in every zone, authorised channel, known calendar."""
        if request.at.date() > _HORIZON:
            return _decided("HORIZON", Verdict.DENY)
        allowed = request.action in request.authorised - request.opted_out
        channel = _decided("CHANNEL", Verdict.ALLOW if allowed else Verdict.DENY)
        return strictest([channel, *(_in_zone(request.at, zone) for zone in request.zones)])

    def may_furnish(self, request: FurnishingRequest) -> Decision:
        """After 20 days from the notice."""
        if request.on > _HORIZON:
            return _decided("HORIZON", Verdict.DENY)
        waited = [one for one in request.notices if one.sent_at.date() + timedelta(days=20) < request.on]
        return _decided("NOTICE", Verdict.ALLOW if waited and request.is_authorised else Verdict.DENY)

    def may_sue(self, debt: DebtFacts, on: date) -> Decision:
        """Within five years."""
        if on > _HORIZON:
            return _decided("HORIZON", Verdict.DENY)
        return _decided("BAR", Verdict.ALLOW if (on - debt.due_on).days < 5 * 365 else Verdict.REVIEW)

    def rate_cap(self, debt: DebtFacts, on: date) -> Decimal | None:
        """As certified."""
        if on > _HORIZON:
            raise ValueError("no rate is certified for that day")
        return Decimal("28.17")

    def notices(self, debt: DebtFacts, on: date) -> tuple[RequiredNotice, ...]:
        """The one before furnishing."""
        title = Text("Aviso previo", "Prior notice")
        return (
            RequiredNotice(
                code="prior",
                title=title,
                citation="Ley 1266 de 2008 art. 12",
                due_on=on,
                contents=("amount", "creditor"),
            ),
        )


def _in_zone(at: datetime, zone: str) -> Decision:
    local = at.astimezone(ZoneInfo(zone))
    hours = {5: (time(8), time(15)), 6: None}.get(local.weekday(), (time(7), time(19)))
    if hours is not None and hours[0] <= local.time() < hours[1]:
        return _decided("HOUR", Verdict.ALLOW)
    opens = datetime.combine(local.date() + timedelta(days=1), time(8), ZoneInfo(zone))
    return _decided("HOUR", Verdict.DEFER, opens.astimezone(UTC))


def _decided(rule: str, verdict: Verdict, not_before: datetime | None = None) -> Decision:
    citation = next(one.citation for one in _RULES if one.rule == rule)
    return Decision(verdict=verdict, rule=rule, rule_version=1, citation=citation, not_before=not_before)


class Nit:
    """An `IdentifierValidator` for the Colombian NIT."""

    def __init__(self, settings: NoSettings, context: PluginContext) -> None:
        pass

    def types(self) -> frozenset[str]:
        """The NIT."""
        return frozenset({"NIT"})

    def validate(self, identifier: Identifier) -> IdentifierVerdict:
        """Nine digits and a check digit, modulo 11."""
        digits = identifier.number.translate(str.maketrans("", "", " .-"))
        if (identifier.country, identifier.type) != ("CO", "NIT"):
            return IdentifierVerdict(valid=False, problem=Text("No es un NIT colombiano.", "No Colombian NIT."))
        if len(digits) == 10 and digits.isascii() and digits.isdigit() and digits[-1] == _check(digits[:-1]):
            return IdentifierVerdict(valid=True, normal=digits)
        return IdentifierVerdict(valid=False, problem=Text("El NIT no es válido.", "This is no NIT."))


def _check(digits: str) -> str:
    rest = sum(int(digit) * weight for digit, weight in zip(reversed(digits), _WEIGHTS, strict=False)) % 11
    return str(rest if rest < 2 else 11 - rest)
