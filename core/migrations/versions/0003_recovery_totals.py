"""Recovery totals that the database keeps: triggers append what a statement changed, a fold adds it up"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OF = ("agency_id", "creditor_id", "mandate_id", "portfolio_id", "currency")
STANDING = ("debts", "placed_minor", "recalled_minor", "recovered_minor", "balance_minor")
CASH = ("recovered_minor", "payments", "reversals")
# name: what it is by, the column's type, what it sums
TOTALS = {
    "recovery_standing": ("stage", sa.String(length=16), STANDING),
    "recovery_due": ("due_on", sa.Date(), STANDING),
    "recovery_bucket": ("place", sa.SmallInteger(), STANDING),
    "recovery_month": ("month", sa.Date(), CASH),
}
KEYS = {
    "recovery_standing": "recovery_standing_agency_id_creditor_id_mandate_id_p_2642a4_key",
    "recovery_due": "recovery_due_agency_id_creditor_id_mandate_id_portfo_8ea5a0_key",
    "recovery_bucket": "recovery_bucket_agency_id_creditor_id_mandate_id_por_dbf814_key",
    "recovery_month": "recovery_month_agency_id_creditor_id_mandate_id_port_495cc3_key",
}
STAGES = "stage IN ('PREVENTION', 'EARLY', 'INTERMEDIATE', 'PRE_LEGAL', 'JUDICIAL')"
COUNTED = ("debt", "payment")
KEPT = (*TOTALS, "recovery_day", "recovery_delta")
FUNCTIONS = (
    "recovery_count_debts()",
    "recovery_count_payments()",
    "recovery_move_cash()",
    "recovery_keep_day()",
    "recovery_fold(timestamptz, integer, boolean)",
)

# Two dates that no debt has stand for two things that are none: a key has no NULL in it.
DUE_ON = "CASE WHEN balance_minor > 0 THEN COALESCE(due_on, DATE '9999-12-31') ELSE DATE '0001-01-01' END"
# The first days of the buckets of the default bounds; "current" is before all of them.
PLACE = "CASE WHEN due_on = DATE '0001-01-01' THEN -1 ELSE width_bucket({today} - due_on, '{{1,31,61,91,121,151,181}}'::int[]) END"
TODAY = "(p_now AT TIME ZONE y.timezone)::date"


def listed(names: tuple[str, ...], form: str = "{}", by: str = ", ") -> str:
    return by.join(form.format(name) for name in names)


def function(head: str, returns: str, body: str) -> str:
    return (
        f"CREATE FUNCTION {head} RETURNS {returns} LANGUAGE plpgsql SECURITY DEFINER "
        f"SET search_path = pg_catalog, public, pg_temp AS $$ {body} $$"
    )


def append(columns: tuple[str, ...], measures: tuple[str, ...], changes: str) -> str:
    """Append the sums of what changed; nothing where they are all 0."""
    zeros = tuple(name for name in STANDING if name not in measures)
    return f"""
    INSERT INTO recovery_delta (id, {listed(columns)}, {listed(measures)} {listed(zeros, ", {}", "")})
    SELECT recobro_uuid7(), s.* {", 0" * len(zeros)} FROM (
      SELECT {listed(columns)}, {listed(measures, "sum({0})::bigint AS {0}")} FROM ({changes}) AS c
      GROUP BY {listed(columns)}
    ) AS s WHERE {listed(measures, "s.{} <> 0", " OR ")};
    """


def debts_of(rows: str, sign: str = "") -> str:
    minor = listed(STANDING[1:], f"{sign}{{0}} AS {{0}}")
    return f"SELECT {listed(OF)}, stage, {DUE_ON} AS due_on, {sign}1 AS debts, {minor} FROM {rows}"


def cash_of(rows: str, sign: str = "", against: str = "-") -> str:
    """A payment in its month, and its reversal, where there is one, in that one's."""
    base = "agency_id, creditor_id, debt_id, currency"
    applied = "(amount_minor - unapplied_minor)"
    return (
        f"SELECT {base}, date_trunc('month', paid_on::timestamp)::date AS month, {sign}{applied} AS recovered_minor, "
        f"{sign}1 AS payments, 0 AS reversals FROM {rows} UNION ALL "
        f"SELECT {base}, date_trunc('month', reversed_on::timestamp)::date, {against}{applied}, 0, {sign}1 FROM {rows} "
        "WHERE status = 'REVERSED'"
    )


def cash_at_debt(cash: str) -> str:
    return (
        "SELECT p.agency_id, p.creditor_id, d.mandate_id, d.portfolio_id, p.currency, p.month, p.recovered_minor, "
        f"p.payments, p.reversals FROM ({cash}) AS p LEFT JOIN debt d ON d.agency_id = p.agency_id AND d.id = p.debt_id"
    )


def either(changed: str, added: str, gone: str) -> str:
    return f"""
    BEGIN
      IF TG_OP = 'UPDATE' THEN {changed}
      ELSIF TG_OP = 'INSERT' THEN {added}
      ELSE {gone}
      END IF;
      RETURN NULL;
    END
    """


BY_DEBT, BY_CASH = (*OF, "stage", "due_on"), (*OF, "month")
COUNT_DEBTS = either(
    append(BY_DEBT, STANDING, f"{debts_of('new_rows')} UNION ALL {debts_of('old_rows', '-')}"),
    append(BY_DEBT, STANDING, debts_of("new_rows")),
    append(BY_DEBT, STANDING, debts_of("old_rows", "-")),
)
COUNT_PAYMENTS = either(
    append(BY_CASH, CASH, cash_at_debt(f"{cash_of('new_rows')} UNION ALL {cash_of('old_rows', '-', '')}")),
    append(BY_CASH, CASH, cash_at_debt(cash_of("new_rows"))),
    append(BY_CASH, CASH, cash_at_debt(cash_of("old_rows", "-", ""))),
)
# A debt that comes into another portfolio takes its payments along.
OWN = "(SELECT * FROM payment WHERE agency_id = NEW.agency_id AND debt_id = NEW.id) AS own"
MOVE_CASH = f"""
BEGIN
  {
    append(
        BY_CASH,
        CASH,
        f'''SELECT p.agency_id, p.creditor_id, NEW.mandate_id AS mandate_id, NEW.portfolio_id AS portfolio_id, p.currency,
          p.month, p.recovered_minor, p.payments, p.reversals FROM ({cash_of(OWN)}) AS p
        UNION ALL
        SELECT p.agency_id, p.creditor_id, OLD.mandate_id, OLD.portfolio_id, p.currency,
          p.month, p.recovered_minor, p.payments, p.reversals FROM ({cash_of(OWN, "-", "")}) AS p''',
    )
}
  RETURN NULL;
END
"""
KEEP_DAY = """
BEGIN
  INSERT INTO recovery_day AS y (agency_id, id, creditor_id, mandate_id, timezone)
  VALUES (NEW.agency_id, recobro_uuid7(), NEW.creditor_id, NEW.id, NEW.timezone)
  ON CONFLICT (agency_id, creditor_id, mandate_id) DO UPDATE SET timezone = EXCLUDED.timezone, as_of = NULL
    WHERE y.timezone <> EXCLUDED.timezone;
  RETURN NULL;
END
"""


def merge(table: str, changes: str) -> str:
    """Add changes to totals. Only one fold runs at a time, and nobody else writes here: MERGE meets no rival."""
    by, _, measures = TOTALS[table]
    keys = (*OF, by)
    return f"""
    MERGE INTO {table} AS t USING (
      SELECT {listed(keys)}, {listed(measures, "sum({0})::bigint AS {0}")} FROM ({changes}) AS c
      GROUP BY {listed(keys)} HAVING {listed(measures, "sum({}) <> 0", " OR ")}
    ) AS s ON {listed(keys, "t.{0} = s.{0}", " AND ")}
    WHEN MATCHED AND {listed(measures, "t.{0} + s.{0} = 0", " AND ")} THEN DELETE
    WHEN MATCHED THEN UPDATE SET {listed(measures, "{0} = t.{0} + s.{0}")}
    WHEN NOT MATCHED THEN INSERT (id, {listed(keys)}, {listed(measures)})
      VALUES (recobro_uuid7(), {listed(keys, "s.{}")}, {listed(measures, "s.{}")});
    """


# At most p_limit changes, and without changes at most p_limit / 100 mandates on which a new day has begun (p_days).
# A mandate whose buckets are of another day than today gets them anew with its first change.
FOLD = f"""
DECLARE
  changes recovery_delta[];
  renewed recovery_day[];
BEGIN
  folded := 0;
  days := 0;
  IF NOT pg_try_advisory_xact_lock(7262004) THEN RETURN; END IF;
  WITH gone AS (
    DELETE FROM recovery_delta x WHERE x.ctid = ANY (ARRAY(SELECT o.ctid FROM recovery_delta o LIMIT p_limit))
    RETURNING x AS change
  )
  SELECT array_agg(change) INTO changes FROM gone;
  folded := COALESCE(cardinality(changes), 0);
  IF folded > 0 THEN
    {merge("recovery_standing", "SELECT * FROM unnest(changes) WHERE month IS NULL")}
    {merge("recovery_due", "SELECT * FROM unnest(changes) WHERE month IS NULL")}
    {merge("recovery_month", "SELECT * FROM unnest(changes) WHERE month IS NOT NULL")}
    {
    merge(
        "recovery_bucket",
        f'''SELECT u.*, {PLACE.format(today="y.as_of")} AS place FROM unnest(changes) AS u
          JOIN recovery_day y USING (agency_id, creditor_id, mandate_id)
          WHERE u.month IS NULL AND y.as_of = {TODAY}''',
    )
}
  END IF;
  IF folded > 0 OR p_days THEN
    WITH due AS (
      SELECT y.agency_id, y.id FROM recovery_day y
      WHERE y.as_of IS DISTINCT FROM {TODAY} AND (y.agency_id, y.creditor_id, y.mandate_id) IN (
        SELECT u.agency_id, u.creditor_id, u.mandate_id FROM unnest(changes) AS u WHERE u.month IS NULL)
      UNION
      (SELECT y.agency_id, y.id FROM recovery_day y WHERE p_days AND y.as_of IS DISTINCT FROM {TODAY}
       LIMIT GREATEST(1, p_limit / 100))
    ), begun AS (
      UPDATE recovery_day y SET as_of = {TODAY} FROM due WHERE y.agency_id = due.agency_id AND y.id = due.id
      RETURNING y AS day
    )
    SELECT array_agg(day) INTO renewed FROM begun;
    days := COALESCE(cardinality(renewed), 0);
  END IF;
  IF days > 0 THEN
    DELETE FROM recovery_bucket b USING unnest(renewed) AS y
    WHERE b.agency_id = y.agency_id AND b.creditor_id = y.creditor_id AND b.mandate_id = y.mandate_id;
    INSERT INTO recovery_bucket (id, {listed(OF)}, place, {listed(STANDING)})
    SELECT recobro_uuid7(), s.* FROM (
      SELECT {listed(OF, "d.{}")}, {PLACE.format(today="y.as_of")} AS place,
        {listed(STANDING, "sum(d.{})::bigint")}
      FROM unnest(renewed) AS y JOIN recovery_due d
        ON d.agency_id = y.agency_id AND d.creditor_id = y.creditor_id AND d.mandate_id = y.mandate_id
      GROUP BY {listed(OF, "d.{}")}, place
    ) AS s;
  END IF;
END
"""


def fill() -> None:
    """Count what is there. The tables' owner is bound by their policies, which give it nothing, while they are forced."""
    read = (*COUNTED, "debt_movement", "mandate")
    for table in read:
        op.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
    op.execute("""
    UPDATE debt d SET recalled_minor = r.minor
    FROM (SELECT agency_id, debt_id, -sum(delta_minor) AS minor FROM debt_movement WHERE kind = 'RECALL' GROUP BY 1, 2) r
    WHERE d.agency_id = r.agency_id AND d.id = r.debt_id
    """)
    for table, source in (
        ("recovery_standing", debts_of("debt")),
        ("recovery_due", debts_of("debt")),
        ("recovery_month", cash_at_debt(cash_of("payment"))),
    ):
        by, _, measures = TOTALS[table]
        keys = (*OF, by)
        op.execute(f"""
        INSERT INTO {table} (id, {listed(keys)}, {listed(measures)})
        SELECT recobro_uuid7(), s.* FROM (
          SELECT {listed(keys)}, {listed(measures, "sum({})::bigint")} FROM ({source}) AS c GROUP BY {listed(keys)}
        ) AS s
        """)
    op.execute("""
    INSERT INTO recovery_day (agency_id, id, creditor_id, mandate_id, timezone)
    SELECT agency_id, recobro_uuid7(), creditor_id, id, timezone FROM mandate
    """)
    for table in read:
        op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')


def create_tables() -> None:
    uuids, minor = OF[:-1], ("placed_minor", "recalled_minor", "recovered_minor", "balance_minor")

    def create(table: str, *columns: sa.Column, key: str | None = None, unique: tuple[str, ...] = ()) -> None:
        constraints = [sa.UniqueConstraint(*unique, name=key)] if key else []
        if "stage" in [column.name for column in columns]:
            constraints.append(sa.CheckConstraint(STAGES, name=f"{table}_stage_5fc18e_check"))
        op.create_table(
            table,
            sa.Column("agency_id", sa.UUID(), nullable=False),
            sa.Column("id", sa.UUID(), nullable=False),
            *columns,
            sa.PrimaryKeyConstraint("agency_id", "id", name=f"{table}_pkey"),
            *constraints,
        )
        op.create_index(
            f"{table}_creditor_id_agency_id_idx", table, ["creditor_id", "agency_id"], postgresql_using="btree"
        )

    def of() -> list[sa.Column]:
        return [sa.Column(name, sa.UUID(), nullable=False) for name in uuids[1:]] + [
            sa.Column("currency", sa.String(length=3), nullable=False)
        ]

    def sums(names: tuple[str, ...]) -> list[sa.Column]:
        return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]

    for table, (by, kind, measures) in TOTALS.items():
        key = sa.Column(by, kind, nullable=False)
        create(table, *of(), key, *sums(measures), key=KEYS[table], unique=(*OF, by))
    create(
        "recovery_day",
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("mandate_id", sa.UUID(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        key="recovery_day_agency_id_creditor_id_mandate_id_key",
        unique=("agency_id", "creditor_id", "mandate_id"),
    )
    create(
        "recovery_delta",
        *of(),
        *sums(("debts", *minor)),
        sa.Column("stage", sa.String(length=16), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("month", sa.Date(), nullable=True),
        sa.Column("payments", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reversals", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    # What is folded leaves dead rows behind, many more than live ones; room in the pages lets a sum change in its place.
    op.execute(
        "ALTER TABLE recovery_delta SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, "
        "autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0)"
    )
    for table in TOTALS:
        op.execute(f"ALTER TABLE {table} SET (fillfactor = 50)")


def create_functions() -> None:
    op.execute(function("recovery_count_debts()", "trigger", COUNT_DEBTS))
    op.execute(function("recovery_count_payments()", "trigger", COUNT_PAYMENTS))
    op.execute(function("recovery_move_cash()", "trigger", MOVE_CASH))
    op.execute(function("recovery_keep_day()", "trigger", KEEP_DAY))
    fold = "recovery_fold(p_now timestamptz, p_limit integer, p_days boolean, OUT folded integer, OUT days integer)"
    op.execute(function(fold, "record", FOLD))
    for table in COUNTED:
        for action, rows in (
            ("insert", "NEW TABLE AS new_rows"),
            ("update", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
            ("delete", "OLD TABLE AS old_rows"),
        ):
            op.execute(
                f"CREATE TRIGGER recovery_{action} AFTER {action} ON {table} REFERENCING {rows} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION recovery_count_{table}s()"
            )
    op.execute(
        "CREATE TRIGGER recovery_move AFTER UPDATE OF mandate_id, portfolio_id ON debt FOR EACH ROW "
        "WHEN (OLD.mandate_id <> NEW.mandate_id OR OLD.portfolio_id <> NEW.portfolio_id) "
        "EXECUTE FUNCTION recovery_move_cash()"
    )
    op.execute(
        "CREATE TRIGGER recovery_day AFTER INSERT OR UPDATE OF timezone ON mandate FOR EACH ROW "
        "EXECUTE FUNCTION recovery_keep_day()"
    )
    # Owned by a role of their own they write the totals without bypassing row-level security, and nobody else can.
    op.execute("GRANT CREATE ON SCHEMA public TO recobro_totals")
    for name in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"ALTER FUNCTION {name} OWNER TO recobro_totals")
    op.execute("REVOKE CREATE ON SCHEMA public FROM recobro_totals")
    op.execute("GRANT EXECUTE ON FUNCTION recovery_fold(timestamptz, integer, boolean) TO recobro_relay")


def upgrade() -> None:
    op.add_column("debt", sa.Column("recalled_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    create_tables()
    fill()
    for table in KEPT:
        op.secure_table(table, "shared kept")
    for table in COUNTED:
        op.secure_table(table, "shared counted")
    create_functions()


def downgrade() -> None:
    for table in COUNTED:
        for action in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER recovery_{action} ON {table}")
        op.secure_table(table, "shared")
    op.execute("DROP TRIGGER recovery_move ON debt")
    op.execute("DROP TRIGGER recovery_day ON mandate")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
    for table in KEPT:
        op.drop_table(table)
    op.drop_column("debt", "recalled_minor")
