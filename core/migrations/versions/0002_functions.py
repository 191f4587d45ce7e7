"""Functions that tables and use cases need"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# PostgreSQL 18 has uuidv7() of its own; before that: 48 bits of Unix milliseconds over a random UUID (RFC 9562, 5.7).
_UUID7 = """
DO $$ BEGIN
  IF current_setting('server_version_num')::int >= 180000 THEN
    EXECUTE 'CREATE FUNCTION recobro_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS ''SELECT uuidv7()''';
  ELSE
    EXECUTE $f$CREATE FUNCTION recobro_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $b$
      SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing
        substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
    $b$ $f$;
  END IF;
END $$
"""

# An agency names a creditor by its tax id and gets the id of the organisation, new or not: it can not tell which.
# gen_random_uuid() and not recobro_uuid7(): a UUIDv7 says when it was made, and so that another agency was there first.
_ORGANISATION = """
CREATE FUNCTION organisation_for_tax_id(p_country text, p_tax_id text, p_name text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE found uuid;
BEGIN
  INSERT INTO creditor_organisation (id, country, tax_id, name) VALUES (gen_random_uuid(), p_country, p_tax_id, p_name)
  ON CONFLICT (country, tax_id) DO UPDATE SET tax_id = EXCLUDED.tax_id RETURNING id INTO found;
  RETURN found;
END $$
"""


def upgrade() -> None:
    op.execute(_UUID7)
    op.execute(_ORGANISATION)
    op.execute("REVOKE ALL ON FUNCTION organisation_for_tax_id(text, text, text) FROM PUBLIC")
    # Owned by the identity role it reaches the organisations without bypassing row-level security. A role can be given
    # a function only while it may create one itself.
    op.execute("GRANT CREATE ON SCHEMA public TO recobro_identity")
    op.execute("ALTER FUNCTION organisation_for_tax_id(text, text, text) OWNER TO recobro_identity")
    op.execute("REVOKE CREATE ON SCHEMA public FROM recobro_identity")
    op.execute("GRANT EXECUTE ON FUNCTION organisation_for_tax_id(text, text, text) TO recobro_agency")


def downgrade() -> None:
    op.execute("DROP FUNCTION organisation_for_tax_id(text, text, text)")
    op.execute("DROP FUNCTION recobro_uuid7()")
