"""The API and its peers: how each is started, and what is shipped of it."""

import os
import secrets
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .paths import COMPONENTS, PEERS, ROOT, TARGET

API_KEY = "mini_" + secrets.token_hex(32)
SPIN = os.environ.get("MINI_API_SPIN")
# A checkout of another commit, with its components built.
BEFORE = os.environ.get("MINI_API_BEFORE")
RUNNER = str(ROOT / "target" / "debug" / "runner")

# How SpinKube's shim sets Spin up, and the images do.
AS_THE_SHIM = ("--runtime-config-file", str(ROOT / "deploy" / "runtime-config.toml"))

BOTH = ("sqlite", "postgres")


@dataclass(frozen=True)
class Launch:
    """How to start a process."""

    command: list[str]
    environment: dict[str, str]
    directory: Path = ROOT


@dataclass(frozen=True)
class Place:
    """Where a server listens, what it may write to, and its database: SQLite's file, or PostgreSQL's settings."""

    port: int
    directory: Path
    database: Path | dict[str, str]
    cores: int
    is_compiled_anew: bool = False


@dataclass(frozen=True)
class Server:
    """A server to measure."""

    name: str
    title: str
    launch: Callable[[Place], Launch]
    shipped: tuple[Path, ...]
    databases: tuple[str, ...] = BOTH
    # A ceiling has no routes that need a database.
    is_ceiling: bool = False
    # The database's file in the directory that the server is given.
    sqlite_file: str = "sqlite_db.db"


def _wasm(binary: str, manifest: Path, *options: str) -> Callable[[Place], Launch]:
    def launch(place: Place) -> Launch:
        environment = {"SPIN_VARIABLE_API_KEY": API_KEY, "SPIN_VARIABLE_SEED_DEMO_DATA": "false"}
        if isinstance(place.database, dict):
            environment["SPIN_VARIABLE_DATABASE"] = "postgres"
            environment["SPIN_VARIABLE_PGSSLMODE"] = "disable"
            environment |= {f"SPIN_VARIABLE_{name}": value for name, value in place.database.items()}
        if place.is_compiled_anew:
            environment["DISABLE_WASMTIME_CACHE"] = "true"
        command = [binary, "up", "--from", str(manifest), "--listen", f"127.0.0.1:{place.port}"]
        return Launch([*command, "--state-dir", str(place.directory), *options], environment)

    return launch


def _gunicorn(peer: str, worker: str, threads: int) -> Callable[[Place], Launch]:
    def launch(place: Place) -> Launch:
        counts = place.directory / "counts"
        counts.mkdir(exist_ok=True)
        environment = _database(place) | {
            "API_KEY": API_KEY,
            "LISTEN": f"127.0.0.1:{place.port}",
            "WORKERS": str(place.cores),
            "THREADS": str(threads),
            "PROMETHEUS_MULTIPROC_DIR": str(counts),
            "PYTHONPATH": f"{PEERS / peer}:{PEERS}",
            # Bytecode is kept, as in any deployment, but not among the sources.
            "PYTHONPYCACHEPREFIX": str(TARGET / "pycache"),
        }
        gunicorn = str(TARGET / "python" / peer / "bin" / "gunicorn")
        command = [gunicorn, "--config", str(PEERS / "common" / "gunicorn_conf.py"), "--worker-class", worker]
        return Launch([*command, "app:app"], environment, PEERS / peer)

    return launch


def _native(place: Place) -> Launch:
    command = [str(TARGET / "release" / "native"), f"127.0.0.1:{place.port}"]
    return Launch(command, _database(place) | {"API_KEY": API_KEY})


def _database(place: Place) -> dict[str, str]:
    return place.database if isinstance(place.database, dict) else {"DATABASE": str(place.database)}


def _python(peer: str) -> tuple[Path, ...]:
    return (TARGET / "python" / peer / "lib", PEERS / peer, PEERS / "common")


def _profile(spin: str) -> list[str]:
    command = [str(ROOT / "hack" / "tools" / "spin-profile"), spin]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def _servers():
    profile = _profile(SPIN) if SPIN else []
    api = (COMPONENTS / "api.wasm",)
    hello = (TARGET / "wasm32-wasip2" / "release" / "hello.wasm",)
    ceiling = PEERS / "hello" / "spin.toml"
    yield Server("api", "this API, on the runner", _wasm(RUNNER, ROOT / "spin.toml"), api)
    if BEFORE:
        before = Path(BEFORE).resolve()
        shipped = (before / COMPONENTS.relative_to(ROOT) / "api.wasm",)
        yield Server("before", "this API, as it was before", _wasm(RUNNER, before / "spin.toml"), shipped)
    if SPIN:
        yield Server("spin", "this API, on Spin", _wasm(SPIN, ROOT / "spin.toml", *profile, *AS_THE_SHIM), api)
    yield Server("fastapi", "FastAPI", _gunicorn("fastapi", "uvicorn_worker.UvicornWorker", 8), _python("fastapi"))
    yield Server("flask", "Flask", _gunicorn("flask", "gthread", 4), _python("flask"))
    yield Server("native", "native axum", _native, (TARGET / "release" / "native",), ("sqlite",))
    kwargs = {"databases": ("sqlite",), "is_ceiling": True}
    yield Server("hello", "bare component, on the runner", _wasm(RUNNER, ceiling), hello, **kwargs)
    if SPIN:
        launch = _wasm(SPIN, ceiling, *profile, *AS_THE_SHIM)
        yield Server("spin-hello", "bare component, on Spin", launch, hello, **kwargs)


SERVERS = {server.name: server for server in _servers()}
