"""The ledger: postings of money, sealed blocks, balances that are kept; payments that clear"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PER_CREDITOR = (
    "'CLIENT', 'CLIENT_UNCLEARED', 'FEE_DUE', 'COURT_COST_ADVANCE', 'COMMISSION_RECEIVABLE', 'COMMISSION', 'TAX_PAYABLE', "
    "'CREDITOR_RECEIVABLE'"
)
OWED = "'CLIENT', 'CLIENT_UNCLEARED', 'UNIDENTIFIED', 'UNAPPLIED', 'FEE_DUE', 'COURT_COST_ADVANCE'"
PATH = "SET search_path = pg_catalog, public, pg_temp"
INNER = (
    "ledger_digests(uuid, bigint[])",
    "ledger_balance_now(uuid, text, uuid, text)",
    "ledger_hold(uuid, text, uuid, text)",
)
OWNED = ("ledger_seal()",)

# The binary form of a row is PostgreSQL's own (record_send): number of columns, and of each its type, length and value.
# Entries are hashed by debt (else creditor, else agency), so that no value grows with the size of an import.
DIGESTS = f"""
CREATE FUNCTION ledger_digests(p_agency uuid, p_bounds bigint[])
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

# What is kept holds the sealed postings; the rest is younger than the agency's last block.
BALANCE_NOW = f"""
CREATE FUNCTION ledger_balance_now(p_agency uuid, p_account text, p_owner uuid, p_currency text) RETURNS bigint
LANGUAGE sql STABLE {PATH} AS $$
  SELECT COALESCE((SELECT b.balance_minor FROM ledger_balance b WHERE b.agency_id = p_agency AND b.owner_id = p_owner
                   AND b.account = p_account AND b.currency = p_currency), 0)
    + COALESCE((SELECT sum(CASE WHEN p.debit = p_account THEN p.amount_minor ELSE -p.amount_minor END)
                FROM ledger_posting p WHERE p.agency_id = p_agency AND p.currency = p_currency
                AND p.xid >= (SELECT COALESCE(max(l.to_xid), 0) FROM ledger_block l WHERE l.agency_id = p_agency)
                AND p_account IN (p.debit, p.credit) AND (p_owner = p_agency OR p.creditor_id = p_owner)), 0)::bigint
$$
"""

HOLD = f"""
CREATE FUNCTION ledger_hold(p_agency uuid, p_account text, p_owner uuid, p_currency text) RETURNS void
LANGUAGE sql VOLATILE {PATH} AS $$
  SELECT pg_advisory_xact_lock(hashtextextended(p_account || p_currency || p_agency || p_owner, 7262003))
$$
"""

# At the end of the transaction, and behind a lock that is kept until it is over: two that each leave enough alone can not
# take too much together.
NOT_OVERDRAWN = f"""
CREATE FUNCTION ledger_not_overdrawn() RETURNS trigger LANGUAGE plpgsql {PATH} AS $$
DECLARE
  owner_id uuid := CASE WHEN NEW.debit IN ({PER_CREDITOR}) THEN NEW.creditor_id
                        WHEN NEW.debit = 'UNAPPLIED' THEN NEW.debt_id ELSE NEW.agency_id END;
  over bigint;
BEGIN
  PERFORM ledger_hold(NEW.agency_id, NEW.debit, owner_id, NEW.currency);
  IF NEW.debit = 'UNAPPLIED' THEN
    SELECT sum(CASE WHEN p.debit = 'UNAPPLIED' THEN p.amount_minor ELSE -p.amount_minor END) INTO over
    FROM ledger_posting p
    WHERE p.agency_id = NEW.agency_id AND p.debt_id = NEW.debt_id AND 'UNAPPLIED' IN (p.debit, p.credit)
      AND p.currency = NEW.currency;
  ELSE
    over := ledger_balance_now(NEW.agency_id, NEW.debit, owner_id, NEW.currency);
  END IF;
  IF over > 0 THEN
    RAISE EXCEPTION 'the account % would be overdrawn by % % (minor units)', NEW.debit, over, NEW.currency
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_posting_not_overdrawn';
  END IF;
  RETURN NULL;
END $$
"""

SEAL = f"""
CREATE FUNCTION ledger_seal() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER {PATH} AS $$
DECLARE
  since bigint;
  upto bigint;
  agency uuid;
  last record;
  found record;
  sealed integer := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(7262004) THEN
    RETURN 0;
  END IF;
  -- The last block of each agency, found by their keys: of many agencies and years there are many blocks.
  WITH RECURSIVE known (id) AS (
    (SELECT b.agency_id FROM ledger_block b ORDER BY b.agency_id LIMIT 1)
    UNION ALL
    SELECT (SELECT b.agency_id FROM ledger_block b WHERE b.agency_id > k.id ORDER BY b.agency_id LIMIT 1)
    FROM known k WHERE k.id IS NOT NULL
  )
  SELECT COALESCE(max((SELECT b.to_xid FROM ledger_block b WHERE b.agency_id = k.id ORDER BY b.height DESC LIMIT 1)), 0)
  INTO since FROM known k WHERE k.id IS NOT NULL;
  -- Every transaction before this one is decided: what it wrote is there, or never will be.
  upto := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  IF upto < since THEN
    RAISE EXCEPTION 'this server counts transactions from %, and the ledger is sealed up to %', upto, since
      USING HINT = 'After a restore into a new server, set its counter forward (docs/operator.md, the ledger).';
  END IF;
  FOR agency IN
    SELECT agency_id FROM debt_movement WHERE xid >= since AND xid < upto
    UNION SELECT agency_id FROM ledger_posting WHERE xid >= since AND xid < upto
  LOOP
    SELECT height, hash INTO last FROM ledger_block WHERE agency_id = agency ORDER BY height DESC LIMIT 1;
    SELECT entries, digest INTO found FROM ledger_digests(agency, ARRAY[since, upto]);
    INSERT INTO ledger_block (agency_id, id, height, from_xid, to_xid, entries, digest, previous_hash, hash)
    VALUES (agency, recobro_uuid7(), COALESCE(last.height, 0) + 1, since, upto, found.entries,
      encode(found.digest, 'hex'), COALESCE(last.hash, repeat('0', 64)),
      encode(sha256(decode(COALESCE(last.hash, repeat('0', 64)), 'hex') || found.digest), 'hex'));
    INSERT INTO ledger_balance AS b (agency_id, id, creditor_id, owner_id, account, currency, balance_minor)
    SELECT agency, recobro_uuid7(), NULLIF(s.owner_id, agency), s.* FROM (
      SELECT CASE WHEN v.account IN ({PER_CREDITOR}) THEN p.creditor_id ELSE agency END AS owner_id, v.account,
        p.currency, sum(v.sign * p.amount_minor)::bigint AS balance_minor
      FROM ledger_posting p, LATERAL (VALUES (p.debit, 1), (p.credit, -1)) AS v (account, sign)
      WHERE p.agency_id = agency AND p.xid >= since AND p.xid < upto GROUP BY 1, 2, 3
    ) AS s
    ON CONFLICT (agency_id, owner_id, account, currency)
    DO UPDATE SET balance_minor = b.balance_minor + EXCLUDED.balance_minor;
    sealed := sealed + 1;
  END LOOP;
  RETURN sealed;
END $$
"""


def fill() -> None:
    """What came in before there were postings: it had cleared, and is the creditors'. The tables' owner is bound by
    their policies, which give it nothing, while they are forced."""
    tables = ("payment", "ledger_posting")
    for table in tables:
        op.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
    op.execute("UPDATE payment SET cleared_on = paid_on")
    for kind, day, at, left, right, when in (
        ("RECEIPT", "paid_on", "recorded_at", "TRUST_BANK", None, "true"),
        ("REVERSAL", "reversed_on", "now()", None, "TRUST_BANK", "status = 'REVERSED'"),
    ):
        for owed, minor in (("CLIENT", "amount_minor - unapplied_minor"), ("UNAPPLIED", "unapplied_minor")):
            op.execute(f"""
            INSERT INTO ledger_posting (agency_id, id, creditor_id, debt_id, kind, debit, credit, currency, amount_minor,
              effective_on, recorded_at, source_id, actor)
            SELECT agency_id, recobro_uuid7(), creditor_id, debt_id, '{kind}', '{left or owed}', '{right or owed}', currency,
              {minor}, {day}, {at}, id, recorded_by
            FROM payment WHERE received_by = 'AGENCY' AND {minor} > 0 AND {when}
            """)
    for table in tables:
        op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')


def create_functions() -> None:
    for text in (DIGESTS, BALANCE_NOW, HOLD, NOT_OVERDRAWN, SEAL):
        op.execute(text)
    op.execute("REVOKE ALL ON FUNCTION ledger_seal() FROM PUBLIC")
    op.execute("GRANT CREATE ON SCHEMA public TO recobro_totals")
    op.execute("ALTER FUNCTION ledger_seal() OWNER TO recobro_totals")
    op.execute("REVOKE CREATE ON SCHEMA public FROM recobro_totals")
    op.execute("GRANT EXECUTE ON FUNCTION ledger_seal() TO recobro_relay")
    op.execute(
        "CREATE CONSTRAINT TRIGGER ledger_not_overdrawn AFTER INSERT ON ledger_posting DEFERRABLE INITIALLY DEFERRED "
        f"FOR EACH ROW WHEN (NEW.debit IN ({OWED})) EXECUTE FUNCTION ledger_not_overdrawn()"
    )


def upgrade() -> None:
    op.create_table(
        "ledger_balance",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=True),
        sa.Column("owner_id", sa.UUID(), nullable=False),
        sa.Column("account", sa.String(length=24), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "account IN ('RECEIVABLE', 'CLAIM', 'TRUST_BANK', 'TRUST_CLEARING', 'CLIENT', 'CLIENT_UNCLEARED', 'UNIDENTIFIED', 'UNAPPLIED', 'FEE_DUE', 'COURT_COST_ADVANCE', 'COMMISSION_RECEIVABLE', 'COMMISSION', 'TAX_PAYABLE', 'CREDITOR_RECEIVABLE', 'NSF_RECEIVABLE', 'OPERATING_BANK')",
            name="ledger_balance_account_a2bf2c_check",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="ledger_balance_pkey"),
        sa.UniqueConstraint(
            "agency_id",
            "owner_id",
            "account",
            "currency",
            name="ledger_balance_agency_id_owner_id_account_currency_key",
        ),
    )
    op.create_table(
        "ledger_block",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("from_xid", sa.BigInteger(), nullable=False),
        sa.Column("to_xid", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("from_xid < to_xid", name="ledger_block_range_214487_check"),
        sa.CheckConstraint("height > 0", name="ledger_block_height_cef0f4_check"),
        sa.PrimaryKeyConstraint("agency_id", "id", name="ledger_block_pkey"),
        sa.UniqueConstraint("agency_id", "height", name="ledger_block_agency_id_height_key"),
    )
    op.create_table(
        "ledger_posting",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=True),
        sa.Column("debt_id", sa.UUID(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("debit", sa.String(length=24), nullable=False),
        sa.Column("credit", sa.String(length=24), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("source_id", sa.UUID(), nullable=False),
        sa.Column(
            "xid", sa.BigInteger(), server_default=sa.text("(pg_current_xact_id()::text)::bigint"), nullable=False
        ),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=200), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint(
            "(debit, credit) IN (('TRUST_BANK', 'CLIENT'), ('TRUST_BANK', 'UNAPPLIED'), ('TRUST_BANK', 'UNIDENTIFIED'), ('TRUST_CLEARING', 'CLIENT_UNCLEARED'), ('TRUST_CLEARING', 'UNAPPLIED'), ('TRUST_BANK', 'TRUST_CLEARING'), ('CLIENT_UNCLEARED', 'CLIENT'), ('UNIDENTIFIED', 'CLIENT'), ('UNIDENTIFIED', 'UNAPPLIED'), ('UNAPPLIED', 'CLIENT'), ('CLIENT', 'TRUST_BANK'), ('UNAPPLIED', 'TRUST_BANK'), ('UNIDENTIFIED', 'TRUST_BANK'), ('CLIENT_UNCLEARED', 'TRUST_CLEARING'), ('UNAPPLIED', 'TRUST_CLEARING'), ('CLIENT', 'UNIDENTIFIED'), ('UNAPPLIED', 'UNIDENTIFIED'), ('CREDITOR_RECEIVABLE', 'TRUST_BANK'), ('TRUST_BANK', 'OPERATING_BANK'), ('CLIENT', 'CREDITOR_RECEIVABLE'), ('OPERATING_BANK', 'TRUST_BANK'), ('OPERATING_BANK', 'CREDITOR_RECEIVABLE'), ('NSF_RECEIVABLE', 'TRUST_BANK'), ('OPERATING_BANK', 'NSF_RECEIVABLE'), ('COMMISSION_RECEIVABLE', 'COMMISSION'), ('COMMISSION_RECEIVABLE', 'TAX_PAYABLE'), ('COMMISSION', 'COMMISSION_RECEIVABLE'), ('TAX_PAYABLE', 'COMMISSION_RECEIVABLE'), ('CLIENT', 'FEE_DUE'), ('COURT_COST_ADVANCE', 'FEE_DUE'), ('FEE_DUE', 'CLIENT'), ('FEE_DUE', 'TRUST_BANK'), ('OPERATING_BANK', 'COMMISSION_RECEIVABLE'), ('COMMISSION_RECEIVABLE', 'OPERATING_BANK'), ('TRUST_BANK', 'COURT_COST_ADVANCE'), ('COURT_COST_ADVANCE', 'TRUST_BANK'), ('CREDITOR_RECEIVABLE', 'OPERATING_BANK'))",
            name="ledger_posting_lawful_pair_4a048f_check",
        ),
        sa.CheckConstraint(
            "credit IN ('RECEIVABLE', 'CLAIM', 'TRUST_BANK', 'TRUST_CLEARING', 'CLIENT', 'CLIENT_UNCLEARED', 'UNIDENTIFIED', 'UNAPPLIED', 'FEE_DUE', 'COURT_COST_ADVANCE', 'COMMISSION_RECEIVABLE', 'COMMISSION', 'TAX_PAYABLE', 'CREDITOR_RECEIVABLE', 'NSF_RECEIVABLE', 'OPERATING_BANK')",
            name="ledger_posting_credit_56cc36_check",
        ),
        sa.CheckConstraint(
            "creditor_id IS NOT NULL OR NOT (debit IN ('CLIENT', 'CLIENT_UNCLEARED', 'FEE_DUE', 'COURT_COST_ADVANCE', 'COMMISSION_RECEIVABLE', 'COMMISSION', 'TAX_PAYABLE', 'CREDITOR_RECEIVABLE') OR credit IN ('CLIENT', 'CLIENT_UNCLEARED', 'FEE_DUE', 'COURT_COST_ADVANCE', 'COMMISSION_RECEIVABLE', 'COMMISSION', 'TAX_PAYABLE', 'CREDITOR_RECEIVABLE'))",
            name="ledger_posting_whose_85bc11_check",
        ),
        sa.CheckConstraint(
            "debit IN ('RECEIVABLE', 'CLAIM', 'TRUST_BANK', 'TRUST_CLEARING', 'CLIENT', 'CLIENT_UNCLEARED', 'UNIDENTIFIED', 'UNAPPLIED', 'FEE_DUE', 'COURT_COST_ADVANCE', 'COMMISSION_RECEIVABLE', 'COMMISSION', 'TAX_PAYABLE', 'CREDITOR_RECEIVABLE', 'NSF_RECEIVABLE', 'OPERATING_BANK')",
            name="ledger_posting_debit_fe4e11_check",
        ),
        sa.CheckConstraint(
            "debt_id IS NOT NULL OR NOT ('UNAPPLIED' IN (debit, credit) OR 'NSF_RECEIVABLE' IN (debit, credit))",
            name="ledger_posting_whose_surplus_998fb1_check",
        ),
        sa.CheckConstraint(
            "kind IN ('RECEIPT', 'CLEARING', 'IDENTIFICATION', 'APPLICATION', 'REVERSAL', 'REFUND', 'ADVANCE', 'COMMISSION', 'WITHHOLDING', 'SWEEP', 'REMITTANCE', 'INVOICE_PAYMENT', 'COURT_COST')",
            name="ledger_posting_kind_5ed17f_check",
        ),
        sa.CheckConstraint("amount_minor > 0", name="ledger_posting_amount_positive_cf5b15_check"),
        sa.PrimaryKeyConstraint("agency_id", "id", name="ledger_posting_pkey"),
    )
    op.create_index(
        "ledger_posting_agency_id_creditor_id_effective_on_idx",
        "ledger_posting",
        ["agency_id", "creditor_id", "effective_on"],
        postgresql_using="btree",
    )
    op.create_index(
        "ledger_posting_agency_id_debt_id_6bbd23_idx",
        "ledger_posting",
        ["agency_id", "debt_id"],
        postgresql_using="btree",
        postgresql_where=sa.text("debt_id IS NOT NULL"),
    )
    op.create_index(
        "ledger_posting_agency_id_source_id_idx", "ledger_posting", ["agency_id", "source_id"], postgresql_using="btree"
    )
    op.create_index("ledger_posting_agency_id_xid_idx", "ledger_posting", ["agency_id", "xid"], postgresql_using="brin")
    op.add_column(
        "debt_movement",
        sa.Column(
            "xid", sa.BigInteger(), server_default=sa.text("(pg_current_xact_id()::text)::bigint"), nullable=False
        ),
    )
    op.create_index("debt_movement_agency_id_xid_idx", "debt_movement", ["agency_id", "xid"], postgresql_using="brin")
    op.drop_constraint(op.f("debt_movement_kind_ca8fcb_check"), "debt_movement", type_="check")
    op.create_check_constraint(
        "debt_movement_kind_1508b5_check",
        "debt_movement",
        "kind IN ('PLACEMENT', 'PAYMENT', 'PAYMENT_REVERSAL', 'ADJUSTMENT', 'CHARGE', 'INTEREST', 'INTEREST_CORRECTION', 'DISCOUNT', 'WRITE_OFF', 'RECALL')",
    )
    op.add_column(
        "mandate",
        sa.Column(
            "clearance_days",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
    )
    op.add_column("payment", sa.Column("clears_on", sa.Date(), nullable=True))
    op.add_column("payment", sa.Column("cleared_on", sa.Date(), nullable=True))
    op.create_index(
        "payment_agency_id_clears_on_7b005d_idx",
        "payment",
        ["agency_id", "clears_on"],
        postgresql_using="btree",
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.drop_constraint(op.f("payment_status_16c74f_check"), "payment", type_="check")
    fill()
    op.create_check_constraint(
        "payment_cleared_has_day_4ea26e_check", "payment", "status <> 'CLEARED' OR cleared_on IS NOT NULL"
    )
    op.create_check_constraint(
        "payment_pending_clears_87a533_check",
        "payment",
        "status <> 'PENDING' OR (clears_on IS NOT NULL AND cleared_on IS NULL)",
    )
    op.create_check_constraint("payment_status_1697c3_check", "payment", "status IN ('PENDING', 'CLEARED', 'REVERSED')")
    op.secure_table("ledger_balance", "shared kept")
    op.secure_table("ledger_block", "agency kept")
    op.secure_table("ledger_posting", "shared_journal counted")
    op.secure_table("debt_movement", "shared_journal counted")
    create_functions()


def downgrade() -> None:
    op.execute("DROP TRIGGER ledger_not_overdrawn ON ledger_posting")
    for name in ("ledger_not_overdrawn()", *OWNED, *INNER):
        op.execute(f"DROP FUNCTION {name}")
    op.secure_table("debt_movement", "shared_journal")
    op.secure_table("ledger_posting", None)
    op.secure_table("ledger_block", None)
    op.secure_table("ledger_balance", None)
    op.drop_constraint("payment_status_1697c3_check", "payment", type_="check")
    op.drop_constraint("payment_pending_clears_87a533_check", "payment", type_="check")
    op.drop_constraint("payment_cleared_has_day_4ea26e_check", "payment", type_="check")
    op.create_check_constraint("payment_status_16c74f_check", "payment", "status IN ('CLEARED', 'REVERSED')")
    op.drop_index(
        "payment_agency_id_clears_on_7b005d_idx",
        table_name="payment",
        postgresql_using="btree",
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.drop_column("payment", "cleared_on")
    op.drop_column("payment", "clears_on")
    op.drop_column("mandate", "clearance_days")
    op.drop_constraint("debt_movement_kind_1508b5_check", "debt_movement", type_="check")
    op.create_check_constraint(
        "debt_movement_kind_ca8fcb_check",
        "debt_movement",
        "kind IN ('PLACEMENT', 'PAYMENT', 'PAYMENT_REVERSAL', 'ADJUSTMENT', 'RECALL')",
    )
    op.drop_index("debt_movement_agency_id_xid_idx", table_name="debt_movement", postgresql_using="brin")
    op.drop_column("debt_movement", "xid")
    op.drop_index("ledger_posting_agency_id_xid_idx", table_name="ledger_posting", postgresql_using="brin")
    op.drop_index("ledger_posting_agency_id_source_id_idx", table_name="ledger_posting", postgresql_using="btree")
    op.drop_index(
        "ledger_posting_agency_id_debt_id_6bbd23_idx",
        table_name="ledger_posting",
        postgresql_using="btree",
        postgresql_where=sa.text("debt_id IS NOT NULL"),
    )
    op.drop_index(
        "ledger_posting_agency_id_creditor_id_effective_on_idx", table_name="ledger_posting", postgresql_using="btree"
    )
    op.drop_table("ledger_posting")
    op.drop_table("ledger_block")
    op.drop_table("ledger_balance")
