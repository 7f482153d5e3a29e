"""Settings from the environment."""

import os

from sqlalchemy import URL

# Threads of each process that make database calls.
THREADS = int(os.environ["THREADS"])


def database_url(driver: str = "psycopg") -> str | URL:
    """Returns the URL of the SQLite file in `DATABASE`, else of the PostgreSQL server in `PGHOST` and so on."""
    if "DATABASE" in os.environ:
        return f"sqlite:///{os.environ['DATABASE']}"
    return URL.create(
        f"postgresql+{driver}",
        username=os.environ["PGUSER"],
        password=os.environ.get("PGPASSWORD"),
        host=os.environ["PGHOST"],
        port=int(os.environ.get("PGPORT", "5432")),
        database=os.environ["PGDATABASE"],
    )
