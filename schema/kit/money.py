"""Money on the surface: exact minor units, and the same for people."""

from typing import NewType

import strawberry

from core.kit import money as core_money
from schema.kit.scalars import BigInt

__all__ = ["Money", "MoneyInput"]
CurrencyCode = NewType("CurrencyCode", str)


@strawberry.type(description="An amount of money. Compute with `minorUnits`; show `formatted`.")
class Money:
    minor_units: BigInt = strawberry.field(description="The amount in minor units of the currency: cents, centavos.")
    currency: str = strawberry.field(description="ISO 4217 code.")

    @classmethod
    def of(cls, minor_units: int, currency: str) -> "Money":
        return cls(minor_units=BigInt(minor_units), currency=currency)

    @strawberry.field(description="The amount as an exact decimal: `1234.50`.")
    def amount(self) -> str:
        return core_money.Money(self.minor_units, self.currency).decimal()

    @strawberry.field(description="For people: `COP 1,234.50`.")
    def formatted(self) -> str:
        return core_money.Money(self.minor_units, self.currency).formatted()


@strawberry.input(description="An amount of money in minor units.")
class MoneyInput:
    minor_units: BigInt = strawberry.field(description="The amount in minor units of the currency.")
    currency: str = strawberry.field(description="ISO 4217 code.")

    def to_core(self) -> core_money.Money:
        core_money.exponent(self.currency)
        return core_money.Money(int(self.minor_units), self.currency)
