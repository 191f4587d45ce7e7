# pyright: reportPrivateUsage=false
"""Tortoise models as SQLAlchemy MetaData, with what Tortoise cannot say: composite tenant keys, checks, security.

Names follow PostgreSQL's own habit, so that a table made by hand would get the same. The text of a check, and of an
index with a condition, is hashed into its name: Alembic compares those by name only, and so sees every change.
"""

import asyncio
from collections.abc import Iterable, Sequence
from enum import Enum
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
import sqlalchemy.event
from sqlalchemy.dialects import postgresql as pg
from tortoise import fields
from tortoise.context import TortoiseContext
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.fields.db_defaults import SqlDefault
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from core.kit.tables import IDENTITY, Ix, TableRules, Unique
from core.migrations.security import wall_of

EXTENSIONS = ("btree_gin", "pg_trgm")
"""What the operator classes of indexes come from. Both are trusted: whoever owns the database may create them."""
_MAX_NAME = 63
_TYPES: dict[type[fields.Field[Any]], sa.types.TypeEngine[Any]] = {
    fields.UUIDField: pg.UUID(as_uuid=True),
    fields.BigIntField: sa.BigInteger(),
    fields.IntField: sa.Integer(),
    fields.SmallIntField: sa.SmallInteger(),
    fields.TextField: sa.Text(),
    fields.BooleanField: sa.Boolean(),
    fields.DateField: sa.Date(),
    fields.DatetimeField: sa.DateTime(timezone=True),
    fields.JSONField: pg.JSONB(),
    fields.BinaryField: sa.LargeBinary(),
}


def load_models(modules: Sequence[str]) -> list[type[Model]]:
    """The models of the modules, related to each other, without a database."""
    config = {
        "connections": {"default": {"engine": "tortoise.backends.asyncpg", "credentials": {"database": ""}}},
        "apps": {"recobro": {"models": list(modules), "default_connection": "default"}},
        "use_tz": True,
        "timezone": "UTC",
    }

    async def load() -> list[type[Model]]:
        context = TortoiseContext()
        with context:
            await context.init(config=config, init_connections=False)
            assert context.apps is not None
            return list(context.apps.get_models_iterable())

    return asyncio.run(load())


def build_metadata(models: Iterable[type[Model]]) -> sa.MetaData:
    """Every table with its columns, keys, indexes and checks; `metadata.info[table]` holds who may touch it."""
    metadata, models = sa.MetaData(), list(models)
    for model in models:
        rules = rules_of(model)
        table = sa.Table(table_name(model), metadata, *_columns(model))
        metadata.info[table.name] = wall_of(table.name, rules.security)
        keys = ("agency_id", *rules.key) if rules.security.tenant else rules.key
        table.append_constraint(sa.PrimaryKeyConstraint(*keys, name=_name(table.name, "pkey")))
        for unique in rules.unique:
            _add_unique(table, unique)
        for index in rules.indexes:
            _add_index(table, index)
        for check in rules.checks:
            _add_check(table, check.name, check.sql)
    for model in models:
        _add_relations(metadata.tables[table_name(model)], model)
    for name in EXTENSIONS:
        sqlalchemy.event.listen(
            metadata, "before_create", sa.DDL(f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA public")
        )
    return metadata


def rules_of(model: type[Model]) -> TableRules:
    rules = getattr(model, "rules", None)
    if not isinstance(rules, TableRules):
        raise TypeError(f"{model.__name__} does not declare `rules`: who may touch its rows")
    return rules


def table_name(model: type[Model]) -> str:
    return model._meta.db_table


def _columns(model: type[Model]) -> list[sa.Column[Any]]:
    columns: list[sa.Column[Any]] = []
    for name, field in model._meta.fields_map.items():
        if name not in model._meta.fields_db_projection:
            continue
        column = field.source_field or name
        columns.append(
            sa.Column(
                column, _type(field), *_identity(field), nullable=bool(field.null), server_default=_default(field)
            )
        )
    return sorted(columns, key=lambda column: (column.name != "agency_id", column.name != "id"))


def _type(field: fields.Field[Any]) -> sa.types.TypeEngine[Any]:
    if isinstance(field, fields.CharField | CharEnumFieldInstance):
        return sa.String(field.max_length)
    if isinstance(field, fields.DecimalField):
        return sa.Numeric(field.max_digits, field.decimal_places)
    for kind, sql_type in _TYPES.items():
        if type(field) is kind:
            return sql_type
    raise TypeError(f"{field.model_field_name}: {type(field).__name__} has no SQL type in the bridge")


def _identity(field: fields.Field[Any]) -> list[sa.Identity]:
    return [sa.Identity(always=True)] if field.has_db_default() and field.db_default is IDENTITY else []


def _default(field: fields.Field[Any]) -> sa.TextClause | None:
    default = field.db_default if field.has_db_default() else None
    if default is None or default is IDENTITY:
        return None
    if isinstance(default, SqlDefault):
        return sa.text(default.get_sql())
    if isinstance(default, bool):
        return sa.text("true" if default else "false")
    if isinstance(default, int):
        return sa.text(str(default))
    literal = "'" + str(default).replace("'", "''") + "'"
    return sa.text(f"{literal}::jsonb" if isinstance(field, fields.JSONField) else literal)


def _add_relations(table: sa.Table, model: type[Model]) -> None:
    for name, field in model._meta.fields_map.items():
        if isinstance(field, CharEnumFieldInstance):
            _add_enum_check(table, name, field.enum_type)
        if not isinstance(field, ForeignKeyFieldInstance):
            continue
        target, column = field.related_model, field.source_field or f"{name}_id"
        composite = rules_of(model).security.tenant and rules_of(target).security.tenant
        lead = ["agency_id"] if composite else []
        table.append_constraint(
            sa.ForeignKeyConstraint(
                [*lead, column],
                [f"{table_name(target)}.{key}" for key in (*lead, "id")],
                name=_name(table.name, column, "fkey"),
                ondelete=field.on_delete.value,
            )
        )


def _add_enum_check(table: sa.Table, column: str, enum: type[Enum]) -> None:
    values = ", ".join(f"'{member.value}'" for member in enum)
    _add_check(table, column, f"{column} IN ({values})")


def _add_check(table: sa.Table, name: str, sql: str) -> None:
    table.append_constraint(sa.CheckConstraint(sa.text(sql), name=_name(table.name, name, "check", text=sql)))


def _add_unique(table: sa.Table, unique: Unique) -> None:
    if unique.where is None:
        table.append_constraint(sa.UniqueConstraint(*unique.columns, name=_name(table.name, *unique.columns, "key")))
        return
    name = _name(table.name, *unique.columns, "key", text=unique.where)
    sa.Index(name, *(table.c[c] for c in unique.columns), unique=True, postgresql_where=sa.text(unique.where))


def _add_index(table: sa.Table, index: Ix) -> None:
    expressions = [table.c[c] if c in table.c else sa.text(c) for c in index.columns]
    plain = [c if c in table.c else "expr" for c in index.columns]
    hashed = index.where or index.ops or "expr" in plain
    text = repr((index.where, index.using, index.include, index.columns, *index.ops)) if hashed else None
    sa.Index(
        _name(table.name, *plain, "idx", text=text),
        *expressions,
        postgresql_using=index.using,
        postgresql_include=list(index.include) or None,
        postgresql_ops=dict(index.ops),
        postgresql_where=sa.text(index.where) if index.where else None,
        _table=table,
    )


def _name(*parts: str, text: str | None = None) -> str:
    name = "_".join([*parts[:-1], *([sha256(text.encode()).hexdigest()[:6]] if text else []), parts[-1]])
    if len(name) <= _MAX_NAME:
        return name
    digest = sha256(name.encode()).hexdigest()[:6]
    return f"{name[: _MAX_NAME - len(digest) - len(parts[-1]) - 2]}_{digest}_{parts[-1]}"
