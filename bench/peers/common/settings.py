"""What the environment says."""

import os

from sqlalchemy import URL

# Threads of each process that wait for the database.
THREADS = int(os.environ["THREADS"])


def database_url(driver: str = "psycopg") -> str | URL:
    """SQLite's file of DATABASE, or the PostgreSQL of PGHOST and its like."""
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
