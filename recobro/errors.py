"""What can be wrong with an installation, told apart from the modules that find it, which bring much along."""


class DatabaseError(RuntimeError):
    """The database is not fit for use; the message says why and what to do."""
