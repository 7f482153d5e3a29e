"""Users and transfers in SQLAlchemy, for blocking code: each thread has its own connection."""

import threading
from contextlib import contextmanager

from sqlalchemy import URL, create_engine, event

from . import domain, statements

# Time that a writer waits for another one, in milliseconds.
_BUSY_TIMEOUT = 5000


class Store:
    """Reads and writes. A write returns when it is on the disk."""

    def __init__(self, url: str | URL, threads: int):
        self._is_sqlite = str(url).startswith("sqlite")
        # SQLite has one writer at a time, and waits by sleeping and trying again. So the threads of a process queue
        # here instead.
        self._writer = threading.Lock() if self._is_sqlite else None
        self._engine = create_engine(
            url,
            # A single statement is a transaction, so it needs no BEGIN, COMMIT or ROLLBACK.
            isolation_level="AUTOCOMMIT",
            pool_size=threads,
            max_overflow=0,
            pool_reset_on_return=None,
        )
        self._put = statements.put_user(self._engine.dialect.name)
        if self._is_sqlite:
            event.listen(self._engine, "connect", _prepare_sqlite)

    def get(self, user: str) -> tuple[dict, str] | None:
        """Returns the entry of a user and its tag."""
        with self._engine.connect() as connection:
            row = connection.execute(statements.READ_USER, {"user": user}).first()
        if row is None:
            return None
        return {"user": row[0], "tocos": row[1]}, domain.tag(row[2], row[3])

    def page(self, after: str, limit: int) -> list[dict]:
        """Returns the entries after a name, in the order of the names."""
        with self._engine.connect() as connection:
            rows = connection.execute(statements.READ_PAGE, {"after": after, "limit": limit}).all()
        return [{"user": row[0], "tocos": row[1]} for row in rows]

    def put(self, user: str, tocos: int) -> tuple[str, bool]:
        """Sets the tocos of a user. Returns the new tag, and whether the user is new."""
        parameters = {"user": user, "amount": tocos, "new": domain.new_incarnation()}
        with self._writing(), self._engine.connect() as connection:
            row = connection.execute(self._put, parameters).one()
        return domain.tag(row[0], row[1]), row[1] == 1

    def transfer(self, giver: str, receiver: str, amount: int, note: str | None) -> dict:
        """Moves tocos, or raises `Refused`."""
        both = {"giver": giver, "receiver": receiver}
        with self._transaction() as connection:
            balances = dict(connection.execute(statements.LOCK_BOTH, both).all())
            domain.check_balances(balances, giver, receiver, amount)
            connection.execute(statements.MOVE, both | {"moved": amount})
            row, answer = domain.new_transfer(giver, receiver, amount, note)
            connection.execute(statements.RECORD, row)
        return answer

    @contextmanager
    def _writing(self):
        if self._writer is None:
            yield
        else:
            with self._writer:
                yield

    @contextmanager
    def _transaction(self):
        with self._writing(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")


def _prepare_sqlite(connection, _record) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT}")
    cursor.close()
