"""The API and its peers: how each starts, and which files it ships."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from .client import free_port
from .paths import COMPONENTS, PEERS, ROOT, TARGET
from .replicas import REPLICAS
from .tokens import issue

API_KEY = "mini_" + secrets.token_hex(32)
SPIN = os.environ.get("MINI_API_SPIN")
# A newer Spin, to measure too.
SPIN_NEXT = os.environ.get("MINI_API_SPIN_NEXT")
SPINS = [(name, path) for name, path in (("spin", SPIN), ("spin-next", SPIN_NEXT)) if path]
# A checkout of another commit, with its components built.
BEFORE = os.environ.get("MINI_API_BEFORE")
RUNNER = str(ROOT / "target" / "debug" / "runner")

# Sets Spin up as SpinKube's shim and the images do.
AS_THE_SHIM = ("--runtime-config-file", str(ROOT / "deploy" / "runtime-config.toml"))

# So high that the limiter never refuses a request.
RATE_LIMIT = "1000000/1s"

BOTH = ("sqlite", "postgres")


@dataclass(frozen=True)
class Launch:
    """Command, environment and working directory of a process."""

    command: list[str]
    environment: dict[str, str]
    directory: Path = ROOT


@dataclass(frozen=True)
class Place:
    """The resources of a server. `database` is SQLite's file, or the environment variables for PostgreSQL."""

    port: int
    directory: Path
    database: Path | dict[str, str]
    cores: int
    is_compiled_anew: bool = False


@dataclass(frozen=True)
class Server:
    """A server to measure: how it starts, and which groups it can take part in."""

    name: str
    title: str
    launch: Callable[[Place], Launch]
    shipped: tuple[Path, ...]
    databases: tuple[str, ...] = BOTH
    # The bare component: it has no routes that need a database.
    is_ceiling: bool = False
    # Has other settings, or is behind a proxy. Only groups that name it measure it.
    is_variant: bool = False
    # Headers with the caller's credential.
    headers: dict[str, str] = field(default_factory=lambda: {"X-API-KEY": API_KEY})
    # Name of the SQLite file in the server's directory.
    sqlite_file: str = "sqlite_db.db"


def _wasm(binary: str, manifest: Path, *options: str, settings: dict[str, str] | None = None) -> Callable[[Place], Launch]:
    def launch(place: Place) -> Launch:
        environment = {"SPIN_VARIABLE_API_KEY": API_KEY, "SPIN_VARIABLE_SEED_DEMO_DATA": "false"}
        if isinstance(place.database, dict):
            environment["SPIN_VARIABLE_DATABASE"] = "postgres"
            environment["SPIN_VARIABLE_PGSSLMODE"] = "disable"
            environment |= {f"SPIN_VARIABLE_{name}": value for name, value in place.database.items()}
        environment |= settings or {}
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
            # Python keeps bytecode, as in any deployment, but not among the sources.
            "PYTHONPYCACHEPREFIX": str(TARGET / "pycache"),
        }
        gunicorn = str(TARGET / "python" / peer / "bin" / "gunicorn")
        command = [gunicorn, "--config", str(PEERS / "common" / "gunicorn_conf.py"), "--worker-class", worker]
        return Launch([*command, "app:app"], environment, PEERS / peer)

    return launch


def _replicated(launch: Callable[[Place], Launch]) -> Callable[[Place], Launch]:
    """Launches replicas of one process each, behind nginx."""

    def launch_all(place: Place) -> Launch:
        replicas = []
        for number in range(REPLICAS):
            directory = place.directory / f"replica-{number}"
            directory.mkdir()
            port = free_port()
            own = launch(Place(port, directory, place.database, 1))
            replicas.append({
                "port": port,
                "command": own.command,
                "environment": own.environment,
                "directory": str(own.directory),
            })  # fmt: skip
        plan = place.directory / "plan.json"
        plan.write_text(json.dumps({"port": place.port, "directory": str(place.directory), "replicas": replicas}))
        environment = {"PYTHONPATH": str(ROOT / "bench"), "PYTHONPYCACHEPREFIX": str(TARGET / "pycache")}
        return Launch([sys.executable, "-m", "driver.replicas", str(plan)], environment)

    return launch_all


def _native(place: Place) -> Launch:
    command = [str(TARGET / "release" / "native"), f"127.0.0.1:{place.port}"]
    return Launch(command, _database(place) | {"API_KEY": API_KEY})


def _database(place: Place) -> dict[str, str]:
    return place.database if isinstance(place.database, dict) else {"DATABASE": str(place.database)}


def _python(peer: str) -> tuple[Path, ...]:
    return (TARGET / "python" / peer / "lib", PEERS / peer, PEERS / "common")


@cache
def _profile(spin: str) -> list[str]:
    command = [str(ROOT / "hack" / "tools" / "spin-profile"), spin]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


@cache
def _version(spin: str) -> str:
    output = subprocess.run([spin, "--version"], check=True, capture_output=True, text=True).stdout
    return output.split()[1]


def _servers():
    api = (COMPONENTS / "api.wasm",)
    hello = (TARGET / "wasm32-wasip2" / "release" / "hello.wasm",)
    yield Server("api", "this API, on the runner", _wasm(RUNNER, ROOT / "spin.toml"), api)
    if BEFORE:
        before = Path(BEFORE).resolve()
        shipped = (before / COMPONENTS.relative_to(ROOT) / "api.wasm",)
        yield Server("before", "this API, as it was before", _wasm(RUNNER, before / "spin.toml"), shipped)
    behind_nginx = {"databases": ("postgres",), "is_variant": True}
    for name, spin in SPINS:
        launch = _wasm(spin, ROOT / "spin.toml", *_profile(spin), *AS_THE_SHIM)
        yield Server(name, f"this API, on Spin {_version(spin)}", launch, api)
        behind_one = {"SPIN_VARIABLE_TRUSTED_PROXIES": "1"}
        launch = _wasm(spin, ROOT / "spin.toml", *_profile(spin), *AS_THE_SHIM, settings=behind_one)
        title = f"three replicas on Spin {_version(spin)}, behind nginx"
        yield Server(f"{name}-replicas", title, _replicated(launch), api, **behind_nginx)
    if SPIN:
        yield from _variants(SPIN, api)
    launch = _gunicorn("fastapi", "uvicorn_worker.UvicornWorker", 8)
    yield Server("fastapi", "FastAPI", launch, _python("fastapi"))
    title = "three replicas of FastAPI, behind nginx"
    yield Server("fastapi-replicas", title, _replicated(launch), _python("fastapi"), **behind_nginx)
    yield Server("flask", "Flask", _gunicorn("flask", "gthread", 4), _python("flask"))
    yield Server("native", "native axum", _native, (TARGET / "release" / "native",), ("sqlite",))
    kwargs = {"databases": ("sqlite",), "is_ceiling": True}
    for prefix, runtime, launch in on_each_runtime(PEERS / "hello" / "spin.toml"):
        yield Server(f"{prefix}hello", f"bare component, {runtime}", launch, hello, **kwargs)


def on_each_runtime(manifest: Path):
    """Yields the prefix of the server's name, the runtime and the launch of a component."""
    yield "", "on the runner", _wasm(RUNNER, manifest)
    for name, spin in SPINS:
        yield f"{name}-", f"on Spin {_version(spin)}", _wasm(spin, manifest, *_profile(spin), *AS_THE_SHIM)


def redis_settings() -> dict[str, str]:
    """Returns the variables that connect the API with the Redis of `hack/servers/redis`."""
    redis = urlsplit(os.environ.get("MINI_API_REDIS", ""))
    return {
        "SPIN_VARIABLE_REDIS_ADDRESS": f"redis://{redis.hostname}:{redis.port}",
        "SPIN_VARIABLE_REDIS_PASSWORD": redis.password or "",
    }


def _variants(spin: str, shipped: tuple[Path, ...]):
    """Yields the API with caller checks that are off by default: a rate limit, and tokens."""
    token, accepting = issue()
    limiting = redis_settings() | {"SPIN_VARIABLE_RATE_LIMIT": RATE_LIMIT}
    for name, title, settings, headers in (
        ("spin-limited", "with a rate limit in Redis", limiting, {"X-API-KEY": API_KEY}),
        ("spin-token", "with a token (RS256)", accepting, {"Authorization": f"Bearer {token}"}),
    ):
        launch = _wasm(spin, ROOT / "spin.toml", *_profile(spin), *AS_THE_SHIM, settings=settings)
        title = f"this API, on Spin {_version(spin)}, {title}"
        yield Server(name, title, launch, shipped, ("sqlite",), is_variant=True, headers=headers)


SERVERS = {server.name: server for server in _servers()}
