"""Databases with the API's schema. The API and its migrations make each once; every server gets a copy."""

import os
import shutil
import sqlite3
import subprocess
import threading
from pathlib import Path

from . import processes
from .client import ask, free_port, is_up
from .paths import ROOT
from .scenarios import BALANCE, user
from .servers import API_KEY, SERVERS, Place

_START_TIMEOUT = 60


class Databases:
    """The template databases of a run, and their copies."""

    def __init__(self, directory: Path):
        self._directory = directory
        self._lock = threading.Lock()
        self._templates: set[tuple[str, int]] = set()

    def copy(self, database: str, users: int, name: str, directory: Path) -> Path | dict[str, str]:
        """Makes a copy for the server `name`. Returns a file in `directory`, or the settings for PostgreSQL."""
        with self._lock:
            if (database, users) not in self._templates:
                {"sqlite": self._sqlite, "postgres": _postgres}[database](users)
                self._templates.add((database, users))
        if database == "sqlite":
            return Path(shutil.copy(self._directory / f"{users}.db", directory / SERVERS[name].sqlite_file))
        own = f"bench_{name.replace('-', '_')}"
        psql("postgres", f"DROP DATABASE IF EXISTS {own} WITH (FORCE)", f"CREATE DATABASE {own} TEMPLATE {_name(users)}")
        return connection_settings(own)

    def _sqlite(self, users: int) -> None:
        directory = self._directory / f"make-{users}"
        directory.mkdir(parents=True)
        port = free_port()
        launch = SERVERS["api"].launch(Place(port, directory, directory, 1))
        server = processes.start(launch.command, launch.environment, launch.directory, directory / "log")
        try:
            if not processes.wait_until(lambda: is_up(port), _START_TIMEOUT):
                raise RuntimeError(f"the API does not start: {(directory / 'log').read_text()}")
            # The API creates the schema at the first request that needs the database.
            if (answer := ask(port, "GET", "/tocos", {"X-API-KEY": API_KEY})).status != 200:
                raise RuntimeError(f"the API has no database: {answer.body!r}")
        finally:
            processes.stop(server)
        file = directory / "sqlite_db.db"
        connection = sqlite3.connect(file)
        with connection:
            rows = ((user(number), BALANCE, number + 1) for number in range(users))
            connection.executemany("INSERT INTO users (name, tocos, incarnation) VALUES (?, ?, ?)", rows)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        file.rename(self._directory / f"{users}.db")


def _postgres(users: int) -> None:
    name = _name(users)
    psql("postgres", f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    subprocess.run([ROOT / "hack" / "migrate"], env=os.environ | {"PGDATABASE": name}, check=True, capture_output=True)
    # Version 0 marks the demo data as inserted, so that the API doesn't insert it.
    psql(
        name,
        "INSERT INTO schema_migrations (version) VALUES (0) ON CONFLICT DO NOTHING",
        f"INSERT INTO users (name, tocos, incarnation) SELECT 'user-' || lpad(n::text, 7, '0'), {BALANCE}, n + 1 "
        f"FROM generate_series(0, {users - 1}) AS n",
        "VACUUM ANALYZE",
        "CHECKPOINT",
    )


def psql(database: str, *statements: str) -> str:
    """Runs statements and returns their output."""
    command = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"]
    for statement in statements:
        command += ["--command", statement]
    environment = os.environ | {"PGDATABASE": database, "PGOPTIONS": "--client-min-messages=warning"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"psql: {done.stderr}")
    return done.stdout.strip()


def connection_settings(database: str) -> dict[str, str]:
    """Returns the environment variables with which a server connects to the database."""
    names = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")
    return {name: os.environ[name] for name in names if name in os.environ} | {"PGDATABASE": database}


def postmaster() -> int | None:
    """Returns the process id of PostgreSQL, or `None` if it runs elsewhere or its files are not readable."""
    try:
        directory = psql("postgres", "SHOW data_directory")
        return int(Path(directory, "postmaster.pid").read_text().splitlines()[0])
    except (OSError, RuntimeError, ValueError, IndexError):
        return None


def _name(users: int) -> str:
    return f"bench_template_{users}"
