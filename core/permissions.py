"""What an actor may do, by name. Roles are sets of these (tenants/permissions.py), a machine's scopes some of them."""

from enum import StrEnum


class Permission(StrEnum):
    """`object:action`. The description of each is shown in the API's documentation."""

    AGENCY_READ = "agency:read"
    CREDITOR_READ = "creditor:read"
    CREDITOR_MANAGE = "creditor:manage"
    MANDATE_MANAGE = "mandate:manage"
    PLACEMENT_READ = "placement:read"
    PLACEMENT_MANAGE = "placement:manage"
    DEBT_READ = "debt:read"
    DEBT_WORK = "debt:work"
    PARTY_READ = "party:read"
    PAYMENT_READ = "payment:read"
    PAYMENT_RECORD = "payment:record"
    PAYMENT_REVERSE = "payment:reverse"
    RECOVERY_READ = "recovery:read"
    REPORT_READ = "report:read"
    REPORT_RUN = "report:run"
    BUREAU_READ = "bureau:read"
    BUREAU_INQUIRE = "bureau:inquire"
    LEGAL_READ = "legal:read"
    LEGAL_HANDOFF = "legal:handoff"
    PLUGIN_READ = "plugin:read"
    PLUGIN_MANAGE = "plugin:manage"
    USER_READ = "user:read"
    USER_MANAGE = "user:manage"
    EVENT_READ = "event:read"
    JOB_READ = "job:read"
    INSTALLATION_OPERATE = "installation:operate"
