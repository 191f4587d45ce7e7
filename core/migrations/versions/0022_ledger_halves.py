"""Digests of the ledger's blocks whose parts are proved by themselves, and cost half: by half of the journal, and by run

Blocks that are there are proved in the former form and sealed anew in this one, so their heads change. Who has kept a
head keeps the one after the migration instead.
"""

from uuid import UUID

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

PATH = "SET search_path = pg_catalog, public, pg_temp"
TABLES = ("debt_movement", "ledger_posting", "ledger_block")
MOST = 100_000
"""Entries of a block that are hashed in one. Those of a larger one are in runs of a quarter of a second, by the time in
their ids, so that no value grows with the size of an import, and each run is proved by itself. core/ledger/contents.py
knows it, too."""


def _line(ids: str, perhaps: str, minor: str, words: str) -> str:
    """An entry as bytes: every part of a fixed width, or behind its length; what is absent is told from what is empty."""
    parts = [f"uuid_send({name})" for name in ids.split()]
    parts += [f"COALESCE('\\x01'::bytea || uuid_send({name}), '\\x00'::bytea)" for name in perhaps.split()]
    parts += ["date_send(effective_on)", "timestamptz_send(recorded_at)", f"int8send({minor})", "int8send(xid)"]
    # No text of an entry has 2^10 bytes.
    sizes = [f"(octet_length({name})::bigint << {10 * place})" for place, name in enumerate(words.split())]
    parts.append(f"int8send({' + '.join(sizes)})")
    parts.append(f"convert_to({' || '.join(words.split())}, 'UTF8')")
    return " || ".join(parts)


# The id comes first in a line, and its time first in the id. Place and run are one number, which sorts faster than two
# columns do. OFFSET 0: the line is put together once, and not for each byte that is asked of it.
_RUN = """(width_bucket(e.xid, p_bounds)::bigint << 40) + CASE WHEN p_large THEN (get_byte(e.line, 0)::bigint << 32)
        + (get_byte(e.line, 1)::bigint << 24) + (get_byte(e.line, 2) << 16) + (get_byte(e.line, 3) << 8)
        + get_byte(e.line, 4) ELSE 0 END"""


def _leaves(name: str, table: str, line: str) -> str:
    """Without a search_path of its own, as the planner then puts it into the statement that asks, with what is asked."""
    return f"""
CREATE FUNCTION {name}(p_agency uuid, p_bounds bigint[], p_large boolean, p_first uuid, p_last uuid)
RETURNS TABLE (run bigint, entries bigint, leaf bytea) LANGUAGE sql STABLE AS $$
  SELECT l.run, count(*), sha256(string_agg(l.line, ''::bytea ORDER BY l.id)) FROM (
    SELECT {_RUN} AS run, e.id, e.line FROM (
      SELECT xid, id, {line} AS line FROM public.{table}
      WHERE agency_id = p_agency AND xid >= p_bounds[1] AND xid < p_bounds[cardinality(p_bounds)]
        AND id BETWEEN p_first AND p_last OFFSET 0
    ) AS e
  ) AS l GROUP BY l.run
$$
"""


LEAVES = {
    "ledger_movement_leaves": _leaves(
        "ledger_movement_leaves", "debt_movement",
        _line("id creditor_id debt_id component_id source_id", "", "delta_minor", "kind actor reason"),
    ),
    "ledger_posting_leaves": _leaves(
        "ledger_posting_leaves", "ledger_posting",
        _line("id source_id", "creditor_id debt_id", "amount_minor", "kind debit credit currency actor reason"),
    ),
}  # fmt: skip
_WITHIN = "WHERE agency_id = p_agency AND xid >= p_bounds[1] AND xid < p_bounds[cardinality(p_bounds)]"


def _half(name: str) -> str:
    return f"""(SELECT sha256(COALESCE(string_agg(h.leaf, ''::bytea ORDER BY h.run), ''))
      FROM {name}(p_agency, p_bounds, f.entries > {MOST}, '{UUID(int=0)}', '{UUID(int=2**128 - 1)}') AS h)"""


# Of one block: both halves in one, movements first; the digest of nothing where there is nothing of one.
DIGESTS = f"""
CREATE OR REPLACE FUNCTION ledger_digests(p_agency uuid, p_bounds bigint[])
RETURNS TABLE (place integer, entries bigint, digest bytea) LANGUAGE sql STABLE {PATH} AS $$
  SELECT 1, f.entries, sha256({" || ".join(_half(name) for name in LEAVES)})
  FROM (
    SELECT (SELECT count(*) FROM debt_movement {_WITHIN}) + (SELECT count(*) FROM ledger_posting {_WITHIN}) AS entries
  ) AS f
$$
"""


def _former_line(mark: str, ids: str, minor: str, words: str) -> str:
    """An entry as bytes: every part of a fixed width, or behind its length; what is absent is told from what is empty."""
    parts = [f"'\\x{mark}'::bytea || e.key"]
    parts += [f"COALESCE('\\x01'::bytea || uuid_send({name}), '\\x00'::bytea)" for name in ids.split()]
    parts += ["date_send(effective_on)", "timestamptz_send(recorded_at)", f"int8send({minor})", "int8send(xid)"]
    parts += [f"int4send(octet_length({name}))" for name in words.split()]
    parts.append(f"convert_to({' || '.join(words.split())}, 'UTF8')")
    return " || ".join(parts)


# Entries are hashed in runs of a quarter of a second, by the time in their ids, so that no value grows with the size of
# an import. Place and run are one number, which sorts faster than two columns do.
_FORMER_RUN = (
    "(width_bucket(xid, p_bounds)::bigint << 40) + (get_byte(key, 0)::bigint << 32) + (get_byte(key, 1)::bigint << 24) "
    "+ (get_byte(key, 2) << 16) + (get_byte(key, 3) << 8) + get_byte(key, 4)"
)
_FORMER_MOVEMENT = _former_line("01", "creditor_id debt_id component_id source_id", "delta_minor", "kind actor reason")
_FORMER_POSTING = _former_line(
    "02", "creditor_id debt_id source_id", "amount_minor", "kind debit credit currency actor reason"
)
FORMER = f"""
CREATE OR REPLACE FUNCTION ledger_digests(p_agency uuid, p_bounds bigint[])
RETURNS TABLE (place integer, entries bigint, digest bytea) LANGUAGE sql STABLE {PATH} AS $$
  SELECT (g.run >> 40)::integer, sum(g.entries)::bigint, sha256(string_agg(g.leaf, ''::bytea ORDER BY g.run)) FROM (
    SELECT l.run, count(*) AS entries, sha256(string_agg(l.line, ''::bytea ORDER BY l.id, l.line)) AS leaf FROM (
      SELECT {_FORMER_RUN} AS run, id, {_FORMER_MOVEMENT} AS line
      FROM (SELECT *, uuid_send(id) AS key FROM debt_movement {_WITHIN}) AS e
      UNION ALL
      SELECT {_FORMER_RUN}, id, {_FORMER_POSTING}
      FROM (SELECT *, uuid_send(id) AS key FROM ledger_posting {_WITHIN}) AS e
    ) AS l GROUP BY l.run
  ) AS g GROUP BY g.run >> 40
$$
"""

# What was changed since it was sealed must not be sealed as if it were right.
PROVE = """
DO $$
DECLARE b record;
BEGIN
  FOR b IN SELECT * FROM ledger_block ORDER BY agency_id, height LOOP
    IF (SELECT encode(digest, 'hex') FROM ledger_digests(b.agency_id, ARRAY[b.from_xid, b.to_xid]))
       IS DISTINCT FROM b.digest THEN
      RAISE EXCEPTION 'block % of agency % does not hold what was sealed: find out why before migrating',
        b.height, b.agency_id USING HINT = 'python -m recobro ledger verify, with the version before';
    END IF;
  END LOOP;
END $$
"""
SEAL_ANEW = """
DO $$
DECLARE
  b record;
  of_agency uuid;
  head text;
  found bytea;
BEGIN
  FOR b IN SELECT * FROM ledger_block ORDER BY agency_id, height LOOP
    IF of_agency IS DISTINCT FROM b.agency_id THEN
      of_agency := b.agency_id;
      head := repeat('0', 64);
    END IF;
    SELECT digest INTO found FROM ledger_digests(b.agency_id, ARRAY[b.from_xid, b.to_xid]);
    UPDATE ledger_block SET digest = encode(found, 'hex'), previous_hash = head,
      hash = encode(sha256(decode(head, 'hex') || found), 'hex')
    WHERE agency_id = b.agency_id AND id = b.id RETURNING hash INTO head;
  END LOOP;
END $$
"""


def _prepare() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(PROVE)


def _seal_anew() -> None:
    op.execute(SEAL_ANEW)
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def upgrade() -> None:
    _prepare()
    for text in (*LEAVES.values(), DIGESTS):
        op.execute(text)
    _seal_anew()


def downgrade() -> None:
    _prepare()
    op.execute(FORMER)
    for name in LEAVES:
        op.execute(f"DROP FUNCTION {name}(uuid, bigint[], boolean, uuid, uuid)")
    _seal_anew()
