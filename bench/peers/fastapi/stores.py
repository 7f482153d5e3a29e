"""The store for async code: SQLite on threads, which is faster than aiosqlite's one thread per connection, and
PostgreSQL with asyncpg."""

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from common import domain, settings, statements
from common.store import Store
from sqlalchemy.ext.asyncio import create_async_engine


class ThreadedStore:
    """Runs each call on a thread of a pool."""

    def __init__(self):
        self._store = Store(settings.database_url(), settings.THREADS)
        # As many threads as connections, so that no thread waits for a connection.
        self._limiter = CapacityLimiter(settings.THREADS)

    async def get(self, user):
        return await self._run(self._store.get, user)

    async def page(self, after, limit):
        return await self._run(self._store.page, after, limit)

    async def put(self, user, tocos):
        return await self._run(self._store.put, user, tocos)

    async def transfer(self, giver, receiver, amount, note):
        return await self._run(self._store.transfer, giver, receiver, amount, note)

    async def _run(self, work, *arguments):
        return await run_sync(work, *arguments, limiter=self._limiter)


class AsyncpgStore:
    """Runs each call on a connection of a pool."""

    def __init__(self):
        engine = create_async_engine(settings.database_url("asyncpg"), pool_size=16, max_overflow=0)
        self._engine = engine
        self._single = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._put = statements.put_user("postgresql")

    async def get(self, user):
        async with self._single.connect() as connection:
            row = (await connection.execute(statements.READ_USER, {"user": user})).first()
        return None if row is None else ({"user": row[0], "tocos": row[1]}, domain.tag(row[2], row[3]))

    async def page(self, after, limit):
        async with self._single.connect() as connection:
            rows = (await connection.execute(statements.READ_PAGE, {"after": after, "limit": limit})).all()
        return [{"user": row[0], "tocos": row[1]} for row in rows]

    async def put(self, user, tocos):
        parameters = {"user": user, "amount": tocos, "new": domain.new_incarnation()}
        async with self._single.connect() as connection:
            row = (await connection.execute(self._put, parameters)).one()
        return domain.tag(row[0], row[1]), row[1] == 1

    async def transfer(self, giver, receiver, amount, note):
        both = {"giver": giver, "receiver": receiver}
        async with self._engine.begin() as connection:
            balances = dict((await connection.execute(statements.LOCK_BOTH, both)).all())
            domain.check_balances(balances, giver, receiver, amount)
            await connection.execute(statements.MOVE, both | {"moved": amount})
            row, answer = domain.new_transfer(giver, receiver, amount, note)
            await connection.execute(statements.RECORD, row)
        return answer
