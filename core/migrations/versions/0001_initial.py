"""The tables of the first version"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("tax_id", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="agency_pkey"),
        sa.UniqueConstraint("country", "tax_id", name="agency_country_tax_id_key"),
        sa.UniqueConstraint("slug", name="agency_slug_key"),
    )
    op.create_table(
        "creditor",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("tax_id", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("creditor_id = id", name="creditor_creditor_is_itself_863839_check"),
        sa.PrimaryKeyConstraint("agency_id", "id", name="creditor_pkey"),
        sa.UniqueConstraint("agency_id", "code", name="creditor_agency_id_code_key"),
        sa.UniqueConstraint("agency_id", "country", "tax_id", name="creditor_agency_id_country_tax_id_key"),
    )
    op.create_index(
        "creditor_agency_id_name_idx",
        "creditor",
        ["agency_id", "name"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_table(
        "creditor_organisation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("tax_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="creditor_organisation_pkey"),
        sa.UniqueConstraint("country", "tax_id", name="creditor_organisation_country_tax_id_key"),
    )
    op.create_table(
        "event",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=True),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "xid", sa.BigInteger(), server_default=sa.text("(pg_current_xact_id()::text)::bigint"), nullable=False
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("version", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("agency_id", "id", name="event_pkey"),
    )
    op.create_index(
        "event_agency_id_subject_id_position_idx",
        "event",
        ["agency_id", "subject_id", "position"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "event_agency_id_xid_position_idx",
        "event",
        ["agency_id", "xid", "position"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "event_creditor_id_xid_position_idx",
        "event",
        ["creditor_id", "xid", "position"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_table(
        "idempotency_record",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("operation", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("agency_id", "id", name="idempotency_record_pkey"),
        sa.UniqueConstraint("agency_id", "operation", "key", name="idempotency_record_agency_id_operation_key_key"),
    )
    op.create_table(
        "job",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=True),
        sa.Column("state", sa.String(length=16), server_default=sa.text("'QUEUED'"), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("scope", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("max_attempts", sa.Integer(), server_default=sa.text("5"), nullable=False),
        sa.Column("progress_done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("progress_total", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("progress_note", sa.String(length=200), server_default=sa.text("''"), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error_code", sa.String(length=80), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('QUEUED', 'RUNNING', 'DONE', 'FAILED')", name="job_state_7add7a_check"),
        sa.CheckConstraint("progress_done >= 0 AND progress_total >= 0", name="job_progress_27e8a4_check"),
        sa.PrimaryKeyConstraint("agency_id", "id", name="job_pkey"),
    )
    op.create_index(
        "job_agency_id_id_19d8dc_idx",
        "job",
        ["agency_id", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=sa.text("state IN ('QUEUED', 'RUNNING')"),
    )
    op.create_index(
        "job_agency_id_subject_id_idx",
        "job",
        ["agency_id", "subject_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_table(
        "party",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("country", sa.String(length=2), server_default=sa.text("'CO'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('NATURAL', 'LEGAL')", name="party_kind_345f80_check"),
        sa.PrimaryKeyConstraint("agency_id", "id", name="party_pkey"),
    )
    op.create_index(
        "party_agency_id_name_id_idx",
        "party",
        ["agency_id", "name", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_table(
        "plugin_call",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("plugin", sa.String(length=80), nullable=False),
        sa.Column("offer", sa.String(length=80), nullable=False),
        sa.Column("operation", sa.String(length=80), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=True),
        sa.Column("subject_id", sa.UUID(), nullable=True),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("error_code", sa.String(length=80), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('SETTLED', 'PENDING', 'UNKNOWN', 'FAILED')", name="plugin_call_outcome_0b5fa1_check"
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="plugin_call_pkey"),
    )
    op.create_index(
        "plugin_call_agency_id_called_at_id_idx",
        "plugin_call",
        ["agency_id", "called_at", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "plugin_call_agency_id_subject_id_idx",
        "plugin_call",
        ["agency_id", "subject_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_table(
        "plugin_document",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("plugin", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("agency_id", "id", name="plugin_document_pkey"),
        sa.UniqueConstraint("agency_id", "plugin", "key", name="plugin_document_agency_id_plugin_key_key"),
    )
    op.create_table(
        "plugin_setting",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("plugin", sa.String(length=80), nullable=False),
        sa.Column("offer", sa.String(length=80), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("updated_by", sa.String(length=120), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("agency_id", "id", name="plugin_setting_pkey"),
        sa.UniqueConstraint("agency_id", "offer", name="plugin_setting_agency_id_offer_key"),
    )
    op.create_table(
        "report_run",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("report", sa.String(length=80), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column(
            "parameters", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("state", sa.String(length=12), server_default=sa.text("'QUEUED'"), nullable=False),
        sa.Column("job_id", sa.UUID(), nullable=True),
        sa.Column("error_code", sa.String(length=80), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.String(length=120), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('QUEUED', 'RUNNING', 'READY', 'FAILED')", name="report_run_state_f2be52_check"),
        sa.CheckConstraint("period_to >= period_from", name="report_run_period_in_order_790270_check"),
        sa.PrimaryKeyConstraint("agency_id", "id", name="report_run_pkey"),
    )
    op.create_index(
        "report_run_agency_id_creditor_id_requested_at_idx",
        "report_run",
        ["agency_id", "creditor_id", "requested_at"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subject_hash", sa.String(length=64), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="sign_in_attempt_pkey"),
    )
    op.create_index(
        "sign_in_attempt_subject_hash_failed_at_idx",
        "sign_in_attempt",
        ["subject_hash", "failed_at"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_table(
        "signing_key",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("public_jwk", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed_private_jwk", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('ACTIVE', 'RETIRED', 'REVOKED')", name="signing_key_state_1ffa16_check"),
        sa.PrimaryKeyConstraint("id", name="signing_key_pkey"),
        sa.UniqueConstraint("kid", name="signing_key_kid_key"),
    )
    op.create_index(
        "signing_key_state_04e756_key",
        "signing_key",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'ACTIVE'"),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("sessions_since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("email = lower(email)", name="user_account_email_lower_b9baac_check"),
        sa.PrimaryKeyConstraint("id", name="user_account_pkey"),
        sa.UniqueConstraint("email", name="user_account_email_key"),
    )
    op.create_table(
        "contact_point",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=254), nullable=False),
        sa.Column("given", sa.String(length=254), server_default=sa.text("''"), nullable=False),
        sa.Column("line_type", sa.String(length=24), nullable=True),
        sa.Column("valid", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("channel IN ('PHONE', 'EMAIL')", name="contact_point_channel_14119e_check"),
        sa.ForeignKeyConstraint(
            ["agency_id", "party_id"],
            ["party.agency_id", "party.id"],
            name="contact_point_party_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="contact_point_pkey"),
        sa.UniqueConstraint(
            "agency_id", "party_id", "channel", "value", name="contact_point_agency_id_party_id_channel_value_key"
        ),
    )
    op.create_index(
        "contact_point_agency_id_value_idx",
        "contact_point",
        ["agency_id", "value"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_table(
        "identity_provider",
        sa.Column("agency_id", sa.UUID(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("issuer", sa.String(length=400), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("sealed_client_secret", sa.LargeBinary(), nullable=False),
        sa.Column("email_domain", sa.String(length=200), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("creditor_organisation_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "(agency_id IS NULL) <> (creditor_organisation_id IS NULL)", name="identity_provider_one_owner_072165_check"
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name="identity_provider_agency_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["creditor_organisation_id"],
            ["creditor_organisation.id"],
            name="identity_provider_creditor_organisation_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="identity_provider_pkey"),
        sa.UniqueConstraint("slug", name="identity_provider_slug_key"),
    )
    op.create_table(
        "mandate",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), server_default=sa.text("'ACTIVE'"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("allocation_order", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ageing_bounds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("stage_days", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("status IN ('ACTIVE', 'ENDED')", name="mandate_status_7abd97_check"),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="mandate_ends_after_start_231db9_check"),
        sa.ForeignKeyConstraint(
            ["agency_id", "creditor_id"],
            ["creditor.agency_id", "creditor.id"],
            name="mandate_creditor_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="mandate_pkey"),
        sa.UniqueConstraint("agency_id", "creditor_id", "name", name="mandate_agency_id_creditor_id_name_key"),
    )
    op.create_table(
        "membership",
        sa.Column("agency_id", sa.UUID(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("invitation_hash", sa.String(length=64), nullable=True),
        sa.Column("invitation_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("vouched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sessions_since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("creditor_organisation_id", sa.UUID(), nullable=True),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'AGENCY' AND agency_id IS NOT NULL AND creditor_organisation_id IS NULL) OR (kind = 'CREDITOR' AND creditor_organisation_id IS NOT NULL) OR (kind = 'OPERATOR' AND agency_id IS NULL AND creditor_organisation_id IS NULL)",
            name="membership_kind_has_its_tenant_bce184_check",
        ),
        sa.CheckConstraint(
            "(kind = 'AGENCY' AND role IN ('AGENCY_ADMIN', 'SUPERVISOR', 'COLLECTOR', 'COMPLIANCE_OFFICER', 'AUDITOR')) OR (kind = 'CREDITOR' AND role IN ('CREDITOR_ADMIN', 'CREDITOR_APPROVER', 'CREDITOR_VIEWER')) OR (kind = 'OPERATOR' AND role = 'OPERATOR')",
            name="membership_role_of_its_kind_791613_check",
        ),
        sa.CheckConstraint("kind IN ('AGENCY', 'CREDITOR', 'OPERATOR')", name="membership_kind_3465b5_check"),
        sa.CheckConstraint(
            "role IN ('AGENCY_ADMIN', 'SUPERVISOR', 'COLLECTOR', 'COMPLIANCE_OFFICER', 'AUDITOR', 'CREDITOR_ADMIN', 'CREDITOR_APPROVER', 'CREDITOR_VIEWER', 'OPERATOR')",
            name="membership_role_79acca_check",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name="membership_agency_id_fkey", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["creditor_organisation_id"],
            ["creditor_organisation.id"],
            name="membership_creditor_organisation_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="membership_user_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="membership_pkey"),
        sa.UniqueConstraint("invitation_hash", name="membership_invitation_hash_key"),
    )
    op.create_index(
        "membership_agency_id_idx",
        "membership",
        ["agency_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "membership_creditor_organisation_id_idx",
        "membership",
        ["creditor_organisation_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "membership_user_id_2afcb2_key",
        "membership",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'OPERATOR'"),
    )
    op.create_index(
        "membership_user_id_agency_id_5fd075_key",
        "membership",
        ["user_id", "agency_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'AGENCY'"),
    )
    op.create_index(
        "membership_user_id_creditor_organisation_id_286bf8_key",
        "membership",
        ["user_id", "creditor_organisation_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'CREDITOR' AND agency_id IS NULL"),
    )
    op.create_index(
        "membership_user_id_creditor_organisation_id_agency_i_382ee2_key",
        "membership",
        ["user_id", "creditor_organisation_id", "agency_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'CREDITOR' AND agency_id IS NOT NULL"),
    )
    op.create_table(
        "oauth_client",
        sa.Column("agency_id", sa.UUID(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("client_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("secret_hash", sa.String(length=200), nullable=True),
        sa.Column(
            "redirect_uris",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "scopes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("creditor_organisation_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "kind <> 'MACHINE' OR (secret_hash IS NOT NULL AND (agency_id IS NOT NULL OR creditor_organisation_id IS NOT NULL))",
            name="oauth_client_machine_has_secret_and_tenant_01c7ef_check",
        ),
        sa.CheckConstraint("kind IN ('PUBLIC', 'MACHINE')", name="oauth_client_kind_a4dc47_check"),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name="oauth_client_agency_id_fkey", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["creditor_organisation_id"],
            ["creditor_organisation.id"],
            name="oauth_client_creditor_organisation_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="oauth_client_pkey"),
        sa.UniqueConstraint("client_id", name="oauth_client_client_id_key"),
    )
    op.create_table(
        "party_identifier",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("issuer", sa.String(length=36), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("number <> ''", name="party_identifier_number_given_fd2c34_check"),
        sa.CheckConstraint(
            "type IN ('CC', 'CE', 'TI', 'NIT', 'PASSPORT', 'TAX_ID', 'CUSTOMER')",
            name="party_identifier_type_44b2a4_check",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "party_id"],
            ["party.agency_id", "party.id"],
            name="party_identifier_party_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="party_identifier_pkey"),
        sa.UniqueConstraint(
            "agency_id", "type", "issuer", "number", name="party_identifier_agency_id_type_issuer_number_key"
        ),
    )
    op.create_index(
        "party_identifier_agency_id_number_idx",
        "party_identifier",
        ["agency_id", "number"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "party_identifier_agency_id_party_id_idx",
        "party_identifier",
        ["agency_id", "party_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_table(
        "postal_address",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("lines", sa.String(length=300), nullable=False),
        sa.Column("city", sa.String(length=120), server_default=sa.text("''"), nullable=False),
        sa.Column("region", sa.String(length=120), server_default=sa.text("''"), nullable=False),
        sa.Column("postal_code", sa.String(length=20), server_default=sa.text("''"), nullable=False),
        sa.Column("country", sa.String(length=2), server_default=sa.text("'CO'"), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "party_id"],
            ["party.agency_id", "party.id"],
            name="postal_address_party_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="postal_address_pkey"),
        sa.UniqueConstraint(
            "agency_id",
            "party_id",
            "lines",
            "city",
            "region",
            name="postal_address_agency_id_party_id_lines_city_region_key",
        ),
    )
    op.create_table(
        "report_file",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "run_id"],
            ["report_run.agency_id", "report_run.id"],
            name="report_file_run_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="report_file_pkey"),
        sa.UniqueConstraint("agency_id", "run_id", "name", name="report_file_agency_id_run_id_name_key"),
    )
    op.create_table(
        "authorization_code",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("redirect_uri", sa.String(length=400), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("code_challenge", sa.String(length=128), nullable=False),
        sa.Column("family_id", sa.UUID(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("membership_id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["oauth_client.id"], name="authorization_code_client_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name="authorization_code_membership_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="authorization_code_user_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="authorization_code_pkey"),
        sa.UniqueConstraint("code_hash", name="authorization_code_code_hash_key"),
    )
    op.create_index(
        "authorization_code_expires_at_idx",
        "authorization_code",
        ["expires_at"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "authorization_code_membership_id_idx",
        "authorization_code",
        ["membership_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "authorization_code_user_id_idx",
        "authorization_code",
        ["user_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_table(
        "file_layout",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("layout", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("mandate_id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('NEW', 'FINANCIAL', 'MAINTENANCE', 'RECALL')", name="file_layout_kind_c9beb8_check"
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "mandate_id"],
            ["mandate.agency_id", "mandate.id"],
            name="file_layout_mandate_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="file_layout_pkey"),
        sa.UniqueConstraint(
            "agency_id", "mandate_id", "kind", "version", name="file_layout_agency_id_mandate_id_kind_version_key"
        ),
    )
    op.create_table(
        "oauth_token",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("family_id", sa.UUID(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("access_jti", sa.String(length=64), nullable=False),
        sa.Column("access_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refresh_hash", sa.String(length=64), nullable=True),
        sa.Column("refresh_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("membership_id", sa.UUID(), nullable=True),
        sa.Column("user_id", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["oauth_client.id"], name="oauth_token_client_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name="oauth_token_membership_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="oauth_token_user_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="oauth_token_pkey"),
        sa.UniqueConstraint("access_jti", name="oauth_token_access_jti_key"),
        sa.UniqueConstraint("refresh_hash", name="oauth_token_refresh_hash_key"),
    )
    op.create_index(
        "oauth_token_access_expires_at_idx",
        "oauth_token",
        ["access_expires_at"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "oauth_token_client_id_idx",
        "oauth_token",
        ["client_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "oauth_token_family_id_idx",
        "oauth_token",
        ["family_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "oauth_token_membership_id_idx",
        "oauth_token",
        ["membership_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "oauth_token_revoked_at_19251a_idx",
        "oauth_token",
        ["revoked_at"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=sa.text("revoked_at IS NOT NULL"),
    )
    op.create_index(
        "oauth_token_user_id_idx",
        "oauth_token",
        ["user_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_table(
        "portfolio",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("mandate_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "mandate_id"],
            ["mandate.agency_id", "mandate.id"],
            name="portfolio_mandate_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="portfolio_pkey"),
        sa.UniqueConstraint("agency_id", "mandate_id", "name", name="portfolio_agency_id_mandate_id_name_key"),
    )
    op.create_table(
        "debt",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("product", sa.String(length=80), server_default=sa.text("''"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), server_default=sa.text("'ACTIVE'"), nullable=False),
        sa.Column("closed_reason", sa.String(length=32), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("debtor_name", sa.String(length=200), nullable=False),
        sa.Column("debtor_document", sa.String(length=60), server_default=sa.text("''"), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("placed_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("placed_minor", sa.BigInteger(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("recovered_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_payment_on", sa.Date(), nullable=True),
        sa.Column("disputed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("assigned_to", sa.UUID(), nullable=True),
        sa.Column(
            "attributes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("source_id", sa.UUID(), nullable=True),
        sa.Column("source_line", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("mandate_id", sa.UUID(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.Column("portfolio_id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "(status = 'CLOSED') = (closed_reason IS NOT NULL)", name="debt_closed_has_reason_b3eadf_check"
        ),
        sa.CheckConstraint(
            "closed_reason IN ('PAID', 'SETTLED', 'RECALLED', 'RETURNED_UNCOLLECTABLE', 'SOLD', 'DISCHARGED', 'INVALIDATED', 'FRAUD', 'DECEASED_NO_ESTATE', 'TIME_BARRED', 'DUPLICATE')",
            name="debt_closed_reason_17ed40_check",
        ),
        sa.CheckConstraint("reference <> ''", name="debt_reference_given_2c7810_check"),
        sa.CheckConstraint(
            "stage IN ('PREVENTION', 'EARLY', 'INTERMEDIATE', 'PRE_LEGAL', 'JUDICIAL')", name="debt_stage_5fc18e_check"
        ),
        sa.CheckConstraint("status IN ('ACTIVE', 'CLOSED')", name="debt_status_04e91c_check"),
        sa.CheckConstraint("balance_minor >= 0", name="debt_balance_not_negative_de76ee_check"),
        sa.ForeignKeyConstraint(
            ["agency_id", "creditor_id"],
            ["creditor.agency_id", "creditor.id"],
            name="debt_creditor_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "mandate_id"],
            ["mandate.agency_id", "mandate.id"],
            name="debt_mandate_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "party_id"], ["party.agency_id", "party.id"], name="debt_party_id_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "portfolio_id"],
            ["portfolio.agency_id", "portfolio.id"],
            name="debt_portfolio_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="debt_pkey"),
        sa.UniqueConstraint("agency_id", "creditor_id", "reference", name="debt_agency_id_creditor_id_reference_key"),
    )
    op.create_index(
        "debt_agency_id_party_id_idx",
        "debt",
        ["agency_id", "party_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "debt_agency_id_reference_idx",
        "debt",
        ["agency_id", "reference"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "debt_agency_id_status_balance_minor_id_idx",
        "debt",
        ["agency_id", "status", "balance_minor", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "debt_agency_id_status_due_on_id_idx",
        "debt",
        ["agency_id", "status", "due_on", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "debt_creditor_id_agency_id_status_idx",
        "debt",
        ["creditor_id", "agency_id", "status"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_table(
        "placement_batch",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), server_default=sa.text("'UPLOADED'"), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("encoding", sa.String(length=40), server_default=sa.text("''"), nullable=False),
        sa.Column("control_rows", sa.BigInteger(), nullable=True),
        sa.Column("control_sum_minor", sa.BigInteger(), nullable=True),
        sa.Column(
            "control_sums",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("rows_total", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rows_accepted", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rows_duplicate", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rows_rejected", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sum_total_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sum_accepted_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "issues_by_code",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("error_code", sa.String(length=80), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("error_remedy", sa.Text(), nullable=True),
        sa.Column(
            "details", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("validated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("layout_id", sa.UUID(), nullable=False),
        sa.Column("mandate_id", sa.UUID(), nullable=False),
        sa.Column("portfolio_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('NEW', 'FINANCIAL', 'MAINTENANCE', 'RECALL')", name="placement_batch_kind_c9beb8_check"
        ),
        sa.CheckConstraint(
            "state IN ('UPLOADED', 'PARSED', 'VALIDATED', 'ACCEPTED', 'PARTIAL', 'REJECTED', 'ACKED', 'ACTIVE', 'RECALLED', 'CLOSED')",
            name="placement_batch_state_9aea02_check",
        ),
        sa.CheckConstraint(
            "rows_total >= 0 AND rows_accepted >= 0 AND rows_rejected >= 0",
            name="placement_batch_counts_not_negative_d4f860_check",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "layout_id"],
            ["file_layout.agency_id", "file_layout.id"],
            name="placement_batch_layout_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "mandate_id"],
            ["mandate.agency_id", "mandate.id"],
            name="placement_batch_mandate_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "portfolio_id"],
            ["portfolio.agency_id", "portfolio.id"],
            name="placement_batch_portfolio_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="placement_batch_pkey"),
    )
    op.create_index(
        "placement_batch_agency_id_created_at_id_idx",
        "placement_batch",
        ["agency_id", "created_at", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "placement_batch_agency_id_creditor_id_created_at_idx",
        "placement_batch",
        ["agency_id", "creditor_id", "created_at"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "placement_batch_agency_id_mandate_id_kind_file_sha25_9ab36b_key",
        "placement_batch",
        ["agency_id", "mandate_id", "kind", "file_sha256"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('REJECTED', 'CLOSED', 'RECALLED')"),
    )
    op.create_table(
        "bureau_inquiry",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("provider", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("consent_reference", sa.String(length=200), nullable=False),
        sa.Column("consent_medium", sa.String(length=60), nullable=False),
        sa.Column("consent_granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent_text_version", sa.String(length=60), nullable=False),
        sa.Column("requested_by", sa.String(length=120), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), server_default=sa.text("'REQUESTED'"), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error_code", sa.String(length=80), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("debt_id", sa.UUID(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "purpose <> '' AND consent_reference <> ''", name="bureau_inquiry_purpose_and_consent_494f34_check"
        ),
        sa.CheckConstraint(
            "state IN ('REQUESTED', 'ANSWERED', 'FAILED', 'UNKNOWN')", name="bureau_inquiry_state_e8102a_check"
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "debt_id"],
            ["debt.agency_id", "debt.id"],
            name="bureau_inquiry_debt_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "party_id"],
            ["party.agency_id", "party.id"],
            name="bureau_inquiry_party_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="bureau_inquiry_pkey"),
        sa.UniqueConstraint("agency_id", "idempotency_key", name="bureau_inquiry_agency_id_idempotency_key_key"),
    )
    op.create_index(
        "bureau_inquiry_agency_id_debt_id_requested_at_idx",
        "bureau_inquiry",
        ["agency_id", "debt_id", "requested_at"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "bureau_inquiry_agency_id_party_id_requested_at_idx",
        "bureau_inquiry",
        ["agency_id", "party_id", "requested_at"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_table(
        "debt_component",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("placed_minor", sa.BigInteger(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("debt_id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('PRINCIPAL', 'INTEREST_ORDINARY', 'INTEREST_DEFAULT', 'PENALTY', 'COLLECTION_FEE', 'INSURANCE', 'LEGAL_COST', 'TAX', 'NSF_FEE', 'OTHER')",
            name="debt_component_kind_b211ce_check",
        ),
        sa.CheckConstraint("balance_minor >= 0", name="debt_component_balance_not_negative_de76ee_check"),
        sa.ForeignKeyConstraint(
            ["agency_id", "debt_id"],
            ["debt.agency_id", "debt.id"],
            name="debt_component_debt_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="debt_component_pkey"),
        sa.UniqueConstraint("agency_id", "debt_id", "position", name="debt_component_agency_id_debt_id_position_key"),
    )
    op.create_table(
        "legal_handoff",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("checklist", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("dossier", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("receipt", sa.String(length=120), nullable=True),
        sa.Column("refusal_code", sa.String(length=80), nullable=True),
        sa.Column("requested_by", sa.String(length=120), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("debt_id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "state IN ('CHECKLIST', 'PACKAGED', 'SENT', 'ACK', 'ACCEPTED', 'REFUSED')",
            name="legal_handoff_state_1b03d0_check",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "debt_id"],
            ["debt.agency_id", "debt.id"],
            name="legal_handoff_debt_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="legal_handoff_pkey"),
        sa.UniqueConstraint("agency_id", "idempotency_key", name="legal_handoff_agency_id_idempotency_key_key"),
    )
    op.create_index(
        "legal_handoff_agency_id_debt_id_requested_at_idx",
        "legal_handoff",
        ["agency_id", "debt_id", "requested_at"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "legal_handoff_agency_id_state_requested_at_idx",
        "legal_handoff",
        ["agency_id", "state", "requested_at"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_table(
        "payment",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("unapplied_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("received_by", sa.String(length=16), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=120), server_default=sa.text("''"), nullable=False),
        sa.Column("status", sa.String(length=16), server_default=sa.text("'CLEARED'"), nullable=False),
        sa.Column("reversed_on", sa.Date(), nullable=True),
        sa.Column("reversal_reason", sa.String(length=200), nullable=True),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("source_id", sa.UUID(), nullable=True),
        sa.Column("source_line", sa.Integer(), nullable=True),
        sa.Column("debt_id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "(status = 'REVERSED') = (reversed_on IS NOT NULL)", name="payment_reversed_has_day_d4cac3_check"
        ),
        sa.CheckConstraint(
            "method IN ('CASH', 'TRANSFER', 'CARD', 'CHEQUE', 'PAYROLL_DEDUCTION', 'OTHER')",
            name="payment_method_d737da_check",
        ),
        sa.CheckConstraint("received_by IN ('AGENCY', 'CREDITOR')", name="payment_received_by_fad57b_check"),
        sa.CheckConstraint("status IN ('CLEARED', 'REVERSED')", name="payment_status_16c74f_check"),
        sa.CheckConstraint("amount_minor > 0", name="payment_amount_positive_cf5b15_check"),
        sa.CheckConstraint(
            "unapplied_minor BETWEEN 0 AND amount_minor", name="payment_unapplied_within_amount_cfc6b9_check"
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "debt_id"], ["debt.agency_id", "debt.id"], name="payment_debt_id_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="payment_pkey"),
        sa.UniqueConstraint("agency_id", "idempotency_key", name="payment_agency_id_idempotency_key_key"),
    )
    op.create_index(
        "payment_agency_id_creditor_id_paid_on_idx",
        "payment",
        ["agency_id", "creditor_id", "paid_on"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=["amount_minor", "status"],
        postgresql_where=None,
    )
    op.create_index(
        "payment_agency_id_debt_id_paid_on_idx",
        "payment",
        ["agency_id", "debt_id", "paid_on"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "payment_creditor_id_paid_on_idx",
        "payment",
        ["creditor_id", "paid_on"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_table(
        "placement_issue",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("column", sa.String(length=120), server_default=sa.text("''"), nullable=False),
        sa.Column("given", sa.String(length=200), server_default=sa.text("''"), nullable=False),
        sa.Column("reference", sa.String(length=80), server_default=sa.text("''"), nullable=False),
        sa.Column("batch_id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('DUPLICATE', 'REJECTED', 'WARNING')", name="placement_issue_outcome_476a28_check"
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "batch_id"],
            ["placement_batch.agency_id", "placement_batch.id"],
            name="placement_issue_batch_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="placement_issue_pkey"),
    )
    op.create_index(
        "placement_issue_agency_id_batch_id_line_id_idx",
        "placement_issue",
        ["agency_id", "batch_id", "line", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_table(
        "debt_movement",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("delta_minor", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.UUID(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=200), server_default=sa.text("''"), nullable=False),
        sa.Column("component_id", sa.UUID(), nullable=False),
        sa.Column("debt_id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('PLACEMENT', 'PAYMENT', 'PAYMENT_REVERSAL', 'ADJUSTMENT', 'RECALL')",
            name="debt_movement_kind_ca8fcb_check",
        ),
        sa.CheckConstraint("delta_minor <> 0", name="debt_movement_changes_something_48a6bb_check"),
        sa.ForeignKeyConstraint(
            ["agency_id", "component_id"],
            ["debt_component.agency_id", "debt_component.id"],
            name="debt_movement_component_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "debt_id"],
            ["debt.agency_id", "debt.id"],
            name="debt_movement_debt_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="debt_movement_pkey"),
    )
    op.create_index(
        "debt_movement_agency_id_debt_id_effective_on_idx",
        "debt_movement",
        ["agency_id", "debt_id", "effective_on"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_index(
        "debt_movement_agency_id_source_id_idx",
        "debt_movement",
        ["agency_id", "source_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.create_table(
        "legal_document",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("handoff_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "handoff_id"],
            ["legal_handoff.agency_id", "legal_handoff.id"],
            name="legal_document_handoff_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="legal_document_pkey"),
        sa.UniqueConstraint("agency_id", "handoff_id", "name", name="legal_document_agency_id_handoff_id_name_key"),
    )
    op.create_table(
        "payment_allocation",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("component_id", sa.UUID(), nullable=False),
        sa.Column("payment_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="payment_allocation_amount_positive_cf5b15_check"),
        sa.ForeignKeyConstraint(
            ["agency_id", "component_id"],
            ["debt_component.agency_id", "debt_component.id"],
            name="payment_allocation_component_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "payment_id"],
            ["payment.agency_id", "payment.id"],
            name="payment_allocation_payment_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="payment_allocation_pkey"),
        sa.UniqueConstraint(
            "agency_id", "payment_id", "component_id", name="payment_allocation_agency_id_payment_id_component_id_key"
        ),
    )
    op.secure_table("agency", "agency_directory")
    op.secure_table("creditor", "shared")
    op.secure_table("creditor_organisation", "identity")
    op.secure_table("event", "shared_events")
    op.secure_table("idempotency_record", "agency_journal")
    op.secure_table("job", "work")
    op.secure_table("party", "agency")
    op.secure_table("plugin_call", "agency_journal")
    op.secure_table("plugin_document", "agency")
    op.secure_table("plugin_setting", "agency")
    op.secure_table("report_run", "shared")
    op.secure_table("sign_in_attempt", "identity")
    op.secure_table("signing_key", "identity")
    op.secure_table("user_account", "identity")
    op.secure_table("contact_point", "agency")
    op.secure_table("identity_provider", "identity")
    op.secure_table("mandate", "shared")
    op.secure_table("membership", "identity")
    op.secure_table("oauth_client", "identity")
    op.secure_table("party_identifier", "agency")
    op.secure_table("postal_address", "agency")
    op.secure_table("report_file", "shared")
    op.secure_table("authorization_code", "identity")
    op.secure_table("file_layout", "agency")
    op.secure_table("oauth_token", "identity")
    op.secure_table("portfolio", "shared")
    op.secure_table("debt", "shared")
    op.secure_table("placement_batch", "shared")
    op.secure_table("bureau_inquiry", "agency")
    op.secure_table("debt_component", "shared")
    op.secure_table("legal_handoff", "shared")
    op.secure_table("payment", "shared")
    op.secure_table("placement_issue", "shared")
    op.secure_table("debt_movement", "shared_journal")
    op.secure_table("legal_document", "shared_journal")
    op.secure_table("payment_allocation", "shared_journal")


def downgrade() -> None:
    op.secure_table("payment_allocation", None)
    op.secure_table("legal_document", None)
    op.secure_table("debt_movement", None)
    op.secure_table("placement_issue", None)
    op.secure_table("payment", None)
    op.secure_table("legal_handoff", None)
    op.secure_table("debt_component", None)
    op.secure_table("bureau_inquiry", None)
    op.secure_table("placement_batch", None)
    op.secure_table("debt", None)
    op.secure_table("portfolio", None)
    op.secure_table("oauth_token", None)
    op.secure_table("file_layout", None)
    op.secure_table("authorization_code", None)
    op.secure_table("report_file", None)
    op.secure_table("postal_address", None)
    op.secure_table("party_identifier", None)
    op.secure_table("oauth_client", None)
    op.secure_table("membership", None)
    op.secure_table("mandate", None)
    op.secure_table("identity_provider", None)
    op.secure_table("contact_point", None)
    op.secure_table("user_account", None)
    op.secure_table("signing_key", None)
    op.secure_table("sign_in_attempt", None)
    op.secure_table("report_run", None)
    op.secure_table("plugin_setting", None)
    op.secure_table("plugin_document", None)
    op.secure_table("plugin_call", None)
    op.secure_table("party", None)
    op.secure_table("job", None)
    op.secure_table("idempotency_record", None)
    op.secure_table("event", None)
    op.secure_table("creditor_organisation", None)
    op.secure_table("creditor", None)
    op.secure_table("agency", None)
    op.drop_table("payment_allocation")
    op.drop_table("legal_document")
    op.drop_index(
        "debt_movement_agency_id_source_id_idx",
        table_name="debt_movement",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "debt_movement_agency_id_debt_id_effective_on_idx",
        table_name="debt_movement",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_table("debt_movement")
    op.drop_index(
        "placement_issue_agency_id_batch_id_line_id_idx",
        table_name="placement_issue",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_table("placement_issue")
    op.drop_index(
        "payment_creditor_id_paid_on_idx",
        table_name="payment",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "payment_agency_id_debt_id_paid_on_idx",
        table_name="payment",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "payment_agency_id_creditor_id_paid_on_idx",
        table_name="payment",
        postgresql_using="btree",
        postgresql_include=["amount_minor", "status"],
        postgresql_where=None,
    )
    op.drop_table("payment")
    op.drop_index(
        "legal_handoff_agency_id_state_requested_at_idx",
        table_name="legal_handoff",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "legal_handoff_agency_id_debt_id_requested_at_idx",
        table_name="legal_handoff",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_table("legal_handoff")
    op.drop_table("debt_component")
    op.drop_index(
        "bureau_inquiry_agency_id_party_id_requested_at_idx",
        table_name="bureau_inquiry",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "bureau_inquiry_agency_id_debt_id_requested_at_idx",
        table_name="bureau_inquiry",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_table("bureau_inquiry")
    op.drop_index(
        "placement_batch_agency_id_mandate_id_kind_file_sha25_9ab36b_key",
        table_name="placement_batch",
        postgresql_where=sa.text("state NOT IN ('REJECTED', 'CLOSED', 'RECALLED')"),
    )
    op.drop_index(
        "placement_batch_agency_id_creditor_id_created_at_idx",
        table_name="placement_batch",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "placement_batch_agency_id_created_at_id_idx",
        table_name="placement_batch",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_table("placement_batch")
    op.drop_index(
        "debt_creditor_id_agency_id_status_idx",
        table_name="debt",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "debt_agency_id_status_due_on_id_idx",
        table_name="debt",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "debt_agency_id_status_balance_minor_id_idx",
        table_name="debt",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "debt_agency_id_reference_idx",
        table_name="debt",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "debt_agency_id_party_id_idx",
        table_name="debt",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_table("debt")
    op.drop_table("portfolio")
    op.drop_index(
        "oauth_token_user_id_idx",
        table_name="oauth_token",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "oauth_token_revoked_at_19251a_idx",
        table_name="oauth_token",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=sa.text("revoked_at IS NOT NULL"),
    )
    op.drop_index(
        "oauth_token_membership_id_idx",
        table_name="oauth_token",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "oauth_token_family_id_idx",
        table_name="oauth_token",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "oauth_token_client_id_idx",
        table_name="oauth_token",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "oauth_token_access_expires_at_idx",
        table_name="oauth_token",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_table("oauth_token")
    op.drop_table("file_layout")
    op.drop_index(
        "authorization_code_user_id_idx",
        table_name="authorization_code",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "authorization_code_membership_id_idx",
        table_name="authorization_code",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "authorization_code_expires_at_idx",
        table_name="authorization_code",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_table("authorization_code")
    op.drop_table("report_file")
    op.drop_table("postal_address")
    op.drop_index(
        "party_identifier_agency_id_party_id_idx",
        table_name="party_identifier",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "party_identifier_agency_id_number_idx",
        table_name="party_identifier",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_table("party_identifier")
    op.drop_table("oauth_client")
    op.drop_index(
        "membership_user_id_creditor_organisation_id_agency_i_382ee2_key",
        table_name="membership",
        postgresql_where=sa.text("kind = 'CREDITOR' AND agency_id IS NOT NULL"),
    )
    op.drop_index(
        "membership_user_id_creditor_organisation_id_286bf8_key",
        table_name="membership",
        postgresql_where=sa.text("kind = 'CREDITOR' AND agency_id IS NULL"),
    )
    op.drop_index(
        "membership_user_id_agency_id_5fd075_key", table_name="membership", postgresql_where=sa.text("kind = 'AGENCY'")
    )
    op.drop_index(
        "membership_user_id_2afcb2_key", table_name="membership", postgresql_where=sa.text("kind = 'OPERATOR'")
    )
    op.drop_index(
        "membership_creditor_organisation_id_idx",
        table_name="membership",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "membership_agency_id_idx",
        table_name="membership",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_table("membership")
    op.drop_table("mandate")
    op.drop_table("identity_provider")
    op.drop_index(
        "contact_point_agency_id_value_idx",
        table_name="contact_point",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_table("contact_point")
    op.drop_table("user_account")
    op.drop_index(
        "signing_key_state_04e756_key", table_name="signing_key", postgresql_where=sa.text("state = 'ACTIVE'")
    )
    op.drop_table("signing_key")
    op.drop_index(
        "sign_in_attempt_subject_hash_failed_at_idx",
        table_name="sign_in_attempt",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_table("sign_in_attempt")
    op.drop_index(
        "report_run_agency_id_creditor_id_requested_at_idx",
        table_name="report_run",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_table("report_run")
    op.drop_table("plugin_setting")
    op.drop_table("plugin_document")
    op.drop_index(
        "plugin_call_agency_id_subject_id_idx",
        table_name="plugin_call",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "plugin_call_agency_id_called_at_id_idx",
        table_name="plugin_call",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_table("plugin_call")
    op.drop_index(
        "party_agency_id_name_id_idx",
        table_name="party",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_table("party")
    op.drop_index(
        "job_agency_id_subject_id_idx",
        table_name="job",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "job_agency_id_id_19d8dc_idx",
        table_name="job",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=sa.text("state IN ('QUEUED', 'RUNNING')"),
    )
    op.drop_table("job")
    op.drop_table("idempotency_record")
    op.drop_index(
        "event_creditor_id_xid_position_idx",
        table_name="event",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "event_agency_id_xid_position_idx",
        table_name="event",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_index(
        "event_agency_id_subject_id_position_idx",
        table_name="event",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_table("event")
    op.drop_table("creditor_organisation")
    op.drop_index(
        "creditor_agency_id_name_idx",
        table_name="creditor",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_where=None,
    )
    op.drop_table("creditor")
    op.drop_table("agency")
