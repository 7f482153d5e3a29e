"""The statements in SQLAlchemy Core, on the API's schema: the same for SQLite and PostgreSQL."""

from sqlalchemy import BigInteger, Column, MetaData, Table, Text, Uuid, bindparam, case, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

MAX_TOCOS = 2**53 - 1

_metadata = MetaData()
_users = Table(
    "users",
    _metadata,
    Column("name", Text, primary_key=True),
    Column("tocos", BigInteger),
    Column("incarnation", BigInteger),
    Column("revision", BigInteger),
)
_transfers = Table(
    "transfers",
    _metadata,
    Column("id", Uuid(as_uuid=False).with_variant(Text(), "sqlite"), primary_key=True),
    Column("from_user", Text),
    Column("to_user", Text),
    Column("amount", BigInteger),
    Column("note", Text),
    Column("created_at", BigInteger),
)

READ_USER = select(_users).where(_users.c.name == bindparam("user"))
READ_PAGE = (
    select(_users.c.name, _users.c.tocos)
    .where(_users.c.name > bindparam("after"))
    .order_by(_users.c.name)
    .limit(bindparam("limit"))
)

_giver, _receiver = bindparam("giver", type_=Text), bindparam("receiver", type_=Text)
_moved = bindparam("moved", type_=BigInteger)
# Locks in the order of the names, so that two transfers never deadlock. SQLite has no FOR UPDATE, and needs none after
# BEGIN IMMEDIATE.
LOCK_BOTH = (
    select(_users.c.name, _users.c.tocos)
    .where(_users.c.name.in_([_giver, _receiver]))
    .order_by(_users.c.name)
    .with_for_update()
)
MOVE = (
    update(_users)
    .where(_users.c.name.in_([_giver, _receiver]))
    .values(
        tocos=_users.c.tocos + case((_users.c.name == _giver, -_moved), else_=_moved),
        revision=_users.c.revision + 1,
    )
)
RECORD = insert(_transfers)


def put_user(dialect: str):
    """Returns the statement that sets the tocos of a user, and adds the user if missing."""
    statement = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect](_users)
    statement = statement.values(
        name=bindparam("user"), tocos=bindparam("amount"), incarnation=bindparam("new"), revision=1
    )
    return statement.on_conflict_do_update(
        index_elements=[_users.c.name],
        set_={"tocos": statement.excluded.tocos, "revision": _users.c.revision + 1},
    ).returning(_users.c.incarnation, _users.c.revision)
