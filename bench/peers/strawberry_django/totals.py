"""Amounts, and the totals of a dashboard."""

from typing import NewType

import strawberry

BigInt = NewType("BigInt", int)
SCALARS = {BigInt: strawberry.scalar(name="BigInt", serialize=str, parse_value=int)}


@strawberry.type
class Money:
    minor_units: BigInt


@strawberry.type
class StageTotal:
    stage: str
    debts: int
    balance: Money


@strawberry.type
class BucketTotal:
    label: str
    debts: int
    balance: Money


@strawberry.type
class MonthTotal:
    month: str
    payments: int
    recovered: Money


@strawberry.type
class Dashboard:
    stages: list[StageTotal]
    buckets: list[BucketTotal]
    months: list[MonthTotal]
