"""Digests of the ledger's blocks that cost a third: entries are hashed together, and not each by itself

Blocks that are there are proved in the old form and sealed anew in this one, so their heads change. Who has kept a head
keeps the one after the migration instead.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

PATH = "SET search_path = pg_catalog, public, pg_temp"
TABLES = ("debt_movement", "ledger_posting", "ledger_block")


def _line(mark: str, ids: str, minor: str, words: str) -> str:
    """An entry as bytes: every part of a fixed width, or behind its length; what is absent is told from what is empty."""
    parts = [f"'\\x{mark}'::bytea || e.key"]
    parts += [f"COALESCE('\\x01'::bytea || uuid_send({name}), '\\x00'::bytea)" for name in ids.split()]
    parts += ["date_send(effective_on)", "timestamptz_send(recorded_at)", f"int8send({minor})", "int8send(xid)"]
    parts += [f"int4send(octet_length({name}))" for name in words.split()]
    parts.append(f"convert_to({' || '.join(words.split())}, 'UTF8')")
    return " || ".join(parts)


# Entries are hashed in runs of a quarter of a second, by the time in their ids, so that no value grows with the size of
# an import. Place and run are one number, which sorts faster than two columns do.
_RUN = (
    "(width_bucket(xid, p_bounds)::bigint << 40) + (get_byte(key, 0)::bigint << 32) + (get_byte(key, 1)::bigint << 24) "
    "+ (get_byte(key, 2) << 16) + (get_byte(key, 3) << 8) + get_byte(key, 4)"
)
_MOVEMENT = _line("01", "creditor_id debt_id component_id source_id", "delta_minor", "kind actor reason")
_POSTING = _line("02", "creditor_id debt_id source_id", "amount_minor", "kind debit credit currency actor reason")
_WITHIN = "WHERE agency_id = p_agency AND xid >= p_bounds[1] AND xid < p_bounds[cardinality(p_bounds)]"
DIGESTS = f"""
CREATE OR REPLACE FUNCTION ledger_digests(p_agency uuid, p_bounds bigint[])
RETURNS TABLE (place integer, entries bigint, digest bytea) LANGUAGE sql STABLE {PATH} AS $$
  SELECT (g.run >> 40)::integer, sum(g.entries)::bigint, sha256(string_agg(g.leaf, ''::bytea ORDER BY g.run)) FROM (
    SELECT l.run, count(*) AS entries, sha256(string_agg(l.line, ''::bytea ORDER BY l.id, l.line)) AS leaf FROM (
      SELECT {_RUN} AS run, id, {_MOVEMENT} AS line
      FROM (SELECT *, uuid_send(id) AS key FROM debt_movement {_WITHIN}) AS e
      UNION ALL
      SELECT {_RUN}, id, {_POSTING}
      FROM (SELECT *, uuid_send(id) AS key FROM ledger_posting {_WITHIN}) AS e
    ) AS l GROUP BY l.run
  ) AS g GROUP BY g.run >> 40
$$
"""

FORMER = f"""
CREATE OR REPLACE FUNCTION ledger_digests(p_agency uuid, p_bounds bigint[])
RETURNS TABLE (place integer, entries bigint, digest bytea) LANGUAGE sql STABLE {PATH} AS $$
  SELECT g.place, sum(g.entries)::bigint, sha256(string_agg(g.leaf, ''::bytea ORDER BY g.of)) FROM (
    SELECT e.place, e.of, count(*) AS entries, sha256(string_agg(e.line, ''::bytea ORDER BY e.id)) AS leaf FROM (
      SELECT width_bucket(xid, p_bounds) AS place, debt_id AS of, id, record_send(ROW(
        'movement'::text, agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, recorded_at, delta_minor,
        source_id, xid, actor, reason)) AS line
      FROM debt_movement
      WHERE agency_id = p_agency AND xid >= p_bounds[1] AND xid < p_bounds[cardinality(p_bounds)]
      UNION ALL
      SELECT width_bucket(xid, p_bounds), COALESCE(debt_id, creditor_id, agency_id), id, record_send(ROW(
        'posting'::text, agency_id, id, creditor_id, debt_id, kind, debit, credit, currency, amount_minor, effective_on,
        recorded_at, source_id, xid, actor, reason))
      FROM ledger_posting
      WHERE agency_id = p_agency AND xid >= p_bounds[1] AND xid < p_bounds[cardinality(p_bounds)]
    ) AS e GROUP BY e.place, e.of
  ) AS g GROUP BY g.place
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


def _change(digests: str) -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(PROVE)
    op.execute(digests)
    op.execute(SEAL_ANEW)
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def upgrade() -> None:
    _change(DIGESTS)


def downgrade() -> None:
    _change(FORMER)
