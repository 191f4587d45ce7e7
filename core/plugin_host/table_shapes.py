"""The tables of a plugin, as the database has them: what may be asked of them is known from nowhere else."""

from collections.abc import Mapping
from typing import Any

from core.kit import db
from recobro_sdk import Column, ColumnType, TableShape
from recobro_sdk.table_rules import OWNER

_TYPES: Mapping[str, tuple[ColumnType, int | None]] = {
    "text": (ColumnType.TEXT, None),
    "varchar": (ColumnType.TEXT, None),
    "int8": (ColumnType.INTEGER, 2**63 - 1),
    "int4": (ColumnType.INTEGER, 2**31 - 1),
    "int2": (ColumnType.INTEGER, 2**15 - 1),
    "bool": (ColumnType.BOOLEAN, None),
    "date": (ColumnType.DATE, None),
    "timestamptz": (ColumnType.MOMENT, None),
    "uuid": (ColumnType.UUID, None),
    "jsonb": (ColumnType.JSON, None),
}
_HEADER = 4
"""What PostgreSQL adds to the length of a varchar."""
_MOST = 20_000

_COLUMNS = """
SELECT c.relname, a.attname, t.typname, a.atttypmod, a.attnotnull, a.atthasdef OR a.attidentity <> '' AS filled
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND starts_with(c.relname, $1)
  AND t.typnamespace = 'pg_catalog'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
  AND EXISTS (SELECT 1 FROM pg_attribute o WHERE o.attrelid = c.oid AND o.attname = 'agency_id')
ORDER BY c.relname, a.attnum LIMIT $2
"""
# Of an index on expressions or on some of the rows, nobody can say `ON CONFLICT` by columns.
_KEYS = """
SELECT c.relname, array_agg(a.attname) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND starts_with(c.relname, $1)
  AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
GROUP BY c.relname, i.indexrelid ORDER BY c.relname, i.indexrelid LIMIT $2
"""


async def read_shapes(tx: db.Tx, plugin: str) -> Mapping[str, TableShape]:
    """The tables `<plugin>__<noun>` by name, without `agency_id` and without columns of types that do not cross."""
    columns: dict[str, dict[str, Column]] = {}
    for row in await tx.fetch(_COLUMNS, f"{plugin}__", _MOST):
        known = columns.setdefault(row["relname"], {})
        if row["typname"] in _TYPES and row["attname"] != OWNER:
            known[row["attname"]] = _column(row)
    keys: dict[str, list[frozenset[str]]] = {}
    for row in await tx.fetch(_KEYS, f"{plugin}__", _MOST):
        named = frozenset(row["columns"])
        # One without the agency would tell whether another agency has such a row.
        if OWNER in named and named - {OWNER} <= columns.get(row["relname"], {}).keys():
            keys.setdefault(row["relname"], []).append(named - {OWNER})
    return {name: TableShape(name=name, columns=known, keys=tuple(keys.get(name, ())))
            for name, known in columns.items()}  # fmt: skip


def _column(row: Any) -> Column:
    kind, most = _TYPES[row["typname"]]
    if row["typname"] == "varchar" and row["atttypmod"] > _HEADER:
        most = row["atttypmod"] - _HEADER
    return Column(type=kind, nullable=not row["attnotnull"], filled=row["filled"], most=most)
