"""Search of debts by reference, name, document and phone"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_EXTENSIONS = ("btree_gin", "pg_trgm")
_SOURCES = ("debt", "party_identifier", "contact_point")

# What both sides of a comparison go through. Not unaccent(): it is not immutable, and its rules change with the
# version. NFKD takes the accents off the letters and lower() follows, so that Latin letters fold the same under every
# locale. A punctuation mark is dropped, not made a blank: 1.234.567-8 is 12345678, and O'Brien is obrien. The first
# five characters of translate() are blanks of other kinds. Three cases, because an import folds every row and
# translate() looks through all of its letters for each character.
_FOLD = r"""
CREATE FUNCTION search_fold(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN octet_length(given) = length(given)
    THEN translate(lower(given COLLATE "C"), E'\t\n\v\f\r.,-/''()+#:;"`', '     ')
    WHEN given !~ '[ØøŁłĐđĦħıÐðÞþßẞæÆœŒ]'
    THEN translate(lower(regexp_replace(normalize(given, NFKD), '[\u0300-\u036F‐‒–—―−’‘“”·•]', '', 'g')),
                   E'\t\n\v\f\r.,-/''()+#:;"`', '     ')
    ELSE translate(replace(replace(replace(
           lower(regexp_replace(normalize(given, NFKD), '[\u0300-\u036F‐‒–—―−’‘“”·•]', '', 'g')),
           'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
           E'\t\n\v\f\rØøŁłĐđĦħıÐðÞþ.,-/''()+#:;"`', '     oollddhhiddtt')
  END
$$
"""

# Each word as LIKE patterns: `party` those that may be a phone or an identifier (a digit, three characters), longest
# first; `own` the others. One or two characters match the beginning of a word only: no trigram is shorter. Digits alone
# are one number, however they are grouped, and zeros before seven digits are a prefix of dialling.
_PATTERNS = r"""
CREATE FUNCTION search_patterns(wanted text, OUT party text[], OUT own text[])
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  folded text := public.search_fold(wanted);
  number text := replace(folded, ' ', '');
BEGIN
  IF number ~ '^[0-9]+$' THEN
    folded := COALESCE(substring(number FROM '^0*([0-9]{7,})$'), number);
  END IF;
  SELECT COALESCE(array_agg(pattern ORDER BY length(pattern) DESC, pattern) FILTER (WHERE reaches), '{}'),
         COALESCE(array_agg(pattern ORDER BY length(pattern) DESC, pattern) FILTER (WHERE NOT reaches), '{}')
  INTO party, own
  FROM (SELECT DISTINCT length(word) > 2 AND word ~ '[0-9]' AS reaches,
               CASE WHEN length(word) > 2 THEN '%' ELSE '% ' END
               || replace(replace(replace(word, '\', '\\'), '%', '\%'), '_', '\_') || '%' AS pattern
        FROM unnest(string_to_array(folded, ' ')) word WHERE word <> '') words;
END $$
"""

# The text begins with a blank, so that each of its words does. What a blank divides in a reference or a document is
# there in one piece too.
_TEXT = """
CREATE FUNCTION debt_search_text(reference text, name text, document text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  reference := public.search_fold(reference);
  document := public.search_fold(document);
  RETURN ' ' || reference || ' ' || public.search_fold(name) || ' ' || document
         || CASE WHEN strpos(reference, ' ') > 0 THEN ' ' || replace(reference, ' ', '') ELSE '' END
         || CASE WHEN strpos(document, ' ') > 0 THEN ' ' || replace(document, ' ', '') ELSE '' END;
END $$
"""

_ROWS = "SELECT agency_id, id, creditor_id, party_id, debt_search_text(reference, debtor_name, debtor_document) FROM"
_COLUMNS = "agency_id, id, creditor_id, party_id, text"

_WRITE = f"""
CREATE FUNCTION debt_search_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO debt_search ({_COLUMNS}) {_ROWS} fresh;
  ELSIF TG_OP = 'DELETE' THEN
    DELETE FROM debt_search s USING gone WHERE s.agency_id = gone.agency_id AND s.id = gone.id;
  ELSE
    UPDATE debt_search SET creditor_id = NEW.creditor_id, party_id = NEW.party_id,
      text = debt_search_text(NEW.reference, NEW.debtor_name, NEW.debtor_document)
    WHERE agency_id = NEW.agency_id AND id = NEW.id;
  END IF;
  RETURN NULL;
END $$
"""

_TRIGGERS = (
    "CREATE TRIGGER debt_search_insert AFTER INSERT ON debt REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT "
    "EXECUTE FUNCTION debt_search_write()",
    "CREATE TRIGGER debt_search_delete AFTER DELETE ON debt REFERENCING OLD TABLE AS gone FOR EACH STATEMENT "
    "EXECUTE FUNCTION debt_search_write()",
    "CREATE TRIGGER debt_search_update AFTER UPDATE OF creditor_id, party_id, reference, debtor_name, debtor_document "
    "ON debt FOR EACH ROW WHEN ((OLD.creditor_id, OLD.party_id, OLD.reference, OLD.debtor_name, OLD.debtor_document) "
    "IS DISTINCT FROM (NEW.creditor_id, NEW.party_id, NEW.reference, NEW.debtor_name, NEW.debtor_document)) "
    "EXECUTE FUNCTION debt_search_write()",
)

# Owned by a role for which the policies hide nothing, so that LIKE may be a condition of an index; the tenant stands in
# the functions themselves. It comes from the settings that the policies read, and each function is for one role: a
# creditor that could call the agency's would only have to set the agency. The plan is made once, for any text.
_OPTIONS = (
    "RETURNS TABLE (agency_id uuid, id uuid) LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000 COST 5000 "
    "SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan"
)
_SETTING = "NULLIF(current_setting('app.{}', true), '')::uuid"

# Three words lead through the index, any more are compared after it; '%' stands for a word that there is not.
_LIKES = "s.text LIKE words[1] AND s.text LIKE words[2] AND s.text LIKE words[3] AND s.text LIKE ALL (words[4:])"

# A word beyond the first that may be a phone or an identifier is in the debt's text, or the party has it.
_OTHERS = """
NOT EXISTS (SELECT FROM unnest(party[2:]) other WHERE s.text NOT LIKE other
  AND NOT EXISTS (SELECT FROM public.party_identifier i WHERE i.agency_id = s.agency_id AND i.party_id = s.party_id
                  AND i.number ILIKE other)
  AND NOT EXISTS (SELECT FROM public.contact_point c WHERE c.agency_id = s.agency_id AND c.party_id = s.party_id
                  AND c.channel = 'PHONE' AND c.value LIKE other))
"""

_SEARCH = f"""
CREATE FUNCTION search_debts(wanted text) {_OPTIONS} AS $$
#variable_conflict use_column
DECLARE
  agency uuid := {_SETTING.format("agency_id")};
  party text[];
  own text[];
  words text[];
BEGIN
  SELECT p.party, p.own INTO party, own FROM public.search_patterns(wanted) p;
  IF agency IS NULL OR cardinality(party || own) = 0 THEN
    RETURN;
  END IF;
  words := party[1:1] || own || '{{%,%}}';
  RETURN QUERY
    SELECT s.agency_id, s.id FROM public.debt_search s WHERE s.agency_id = agency AND {_LIKES} AND {_OTHERS};
  IF cardinality(party) > 0 THEN
    RETURN QUERY
      SELECT s.agency_id, s.id
      FROM (SELECT i.party_id FROM public.party_identifier i WHERE i.agency_id = agency AND i.number ILIKE party[1]
            UNION
            SELECT c.party_id FROM public.contact_point c
            WHERE c.agency_id = agency AND c.channel = 'PHONE' AND c.value LIKE party[1]) found
      JOIN public.debt d ON d.agency_id = agency AND d.party_id = found.party_id
      JOIN public.debt_search s ON s.agency_id = agency AND s.id = d.id
      WHERE s.text LIKE ALL (own) AND {_OTHERS};
  END IF;
END $$
"""

_SEARCH_OWN = f"""
CREATE FUNCTION search_own_debts(wanted text) {_OPTIONS} AS $$
#variable_conflict use_column
DECLARE
  creditor uuid := {_SETTING.format("creditor_id")};
  agency uuid := {_SETTING.format("agency_id")};
  words text[];
BEGIN
  SELECT p.party || p.own INTO words FROM public.search_patterns(wanted) p;
  IF creditor IS NULL OR cardinality(words) = 0 THEN
    RETURN;
  END IF;
  words := words || '{{%,%}}';
  RETURN QUERY
    SELECT s.agency_id, s.id FROM public.debt_search s
    WHERE s.creditor_id = creditor AND s.agency_id = COALESCE(agency, s.agency_id) AND {_LIKES};
END $$
"""

_FOR = {"search_debts": "recobro_agency", "search_own_debts": "recobro_creditor"}


def upgrade() -> None:
    _add_extensions()
    for function in (_FOLD, _PATTERNS, _TEXT):
        op.execute(function)
    op.create_table(
        "debt_search",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("agency_id", "id", name="debt_search_pkey"),
    )
    # An owner that is no superuser sees rows only while the policies are not forced on it.
    op.execute("ALTER TABLE debt NO FORCE ROW LEVEL SECURITY")
    op.execute(f"INSERT INTO debt_search ({_COLUMNS}) {_ROWS} debt")
    op.execute("ALTER TABLE debt FORCE ROW LEVEL SECURITY")
    _add_indexes()
    op.secure_table("debt_search", "agency_searched")
    op.secure_table("debt", "shared_searched counted")
    op.secure_table("party_identifier", "agency_searched")
    op.secure_table("contact_point", "agency_searched")
    for statement in (_WRITE, *_TRIGGERS, _SEARCH, _SEARCH_OWN):
        op.execute(statement)
    _give_functions()


def _add_extensions() -> None:
    connection = op.get_bind()
    for name in _EXTENSIONS:
        known = connection.execute(
            sa.text("SELECT 1 FROM pg_available_extensions WHERE name = :name"), {"name": name}
        ).first()
        if known is None:
            raise CommandError(
                f"This PostgreSQL has no extension {name}: install its contrib modules (Debian, Ubuntu: they are part of "
                "the server's package; Fedora, RHEL: postgresql-contrib)."
            )
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA public")


def _add_indexes() -> None:
    op.create_index(
        "debt_search_agency_id_creditor_id_text_73ee15_idx",
        "debt_search",
        ["agency_id", "creditor_id", "text"],
        postgresql_using="gin",
        postgresql_ops={"text": "gin_trgm_ops"},
    )
    op.create_index(
        "party_identifier_agency_id_number_54c1cb_idx",
        "party_identifier",
        ["agency_id", "number"],
        postgresql_using="gin",
        postgresql_ops={"number": "gin_trgm_ops"},
    )
    op.create_index(
        "contact_point_agency_id_value_50dbc3_idx",
        "contact_point",
        ["agency_id", "value"],
        postgresql_using="gin",
        postgresql_ops={"value": "gin_trgm_ops"},
        postgresql_where=sa.text("channel = 'PHONE'"),
    )


def _give_functions() -> None:
    # A role can be given a function only while it may create one itself.
    op.execute("GRANT CREATE ON SCHEMA public TO recobro_search")
    for name, role in _FOR.items():
        op.execute(f"REVOKE ALL ON FUNCTION {name}(text) FROM PUBLIC")
        op.execute(f"ALTER FUNCTION {name}(text) OWNER TO recobro_search")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name}(text) TO {role}")
    op.execute("REVOKE CREATE ON SCHEMA public FROM recobro_search")


def downgrade() -> None:
    for name in _FOR:
        op.execute(f"DROP FUNCTION {name}(text)")
    for event in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER debt_search_{event} ON debt")
    op.execute("DROP FUNCTION debt_search_write()")
    op.secure_table("debt", "shared counted")
    op.secure_table("party_identifier", "agency")
    op.secure_table("contact_point", "agency")
    op.drop_index("contact_point_agency_id_value_50dbc3_idx", table_name="contact_point")
    op.drop_index("party_identifier_agency_id_number_54c1cb_idx", table_name="party_identifier")
    op.drop_table("debt_search")
    op.execute("DROP FUNCTION debt_search_text(text, text, text)")
    op.execute("DROP FUNCTION search_patterns(text)")
    op.execute("DROP FUNCTION search_fold(text)")
    # One that was there before belongs to somebody else, as a rule, and stays.
    for name in _EXTENSIONS:
        op.execute(
            f"DO $$ BEGIN IF EXISTS (SELECT FROM pg_extension WHERE extname = '{name}' AND pg_has_role(extowner, 'USAGE')) "
            f"THEN DROP EXTENSION {name}; END IF; END $$"
        )
