"""YGC files between a forwarder and its law firms."""

from recobro_ygc.money import Effect, MoneyBook, Posting
from recobro_ygc.records import Account, account_of, check, layout, read, record, wrong_way

__all__ = ["Account", "Effect", "MoneyBook", "Posting", "account_of", "check", "layout", "read", "record", "wrong_way"]
