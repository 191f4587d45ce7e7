"""Makes a database ready to be served: upgraded, with its login role, and refused where that could see too much.

    python -m recobro.prepare    # an Order as JSON on stdin; {"app": address} or {"error": text} on stdout

`serve` and `worker` have it done by a program of its own (`apart` in recobro/runtime.py): psycopg, which only this
needs, and where there is something to migrate Alembic, SQLAlchemy and the models would stay in their memory for good.
"""

import json
import sys

from recobro import database, plugin_migrations
from recobro.runtime import Order


def prepared(order: Order) -> str:
    """The address of the application. Raises: DatabaseError."""
    if order.owner and order.migrate:
        database.upgrade(order.owner)
        plugin_migrations.upgrade_plugins(order.owner)
    elif order.owner and order.newest:
        database.require_newest(order.owner)
    app = order.app or database.app_url(order.owner or "", order.password)
    database.refuse_dangerous_role(app)
    return app


def main() -> None:
    order = Order(**json.load(sys.stdin))
    try:
        told = {"app": prepared(order)}
    except database.DatabaseError as problem:
        told = {"error": str(problem)}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
