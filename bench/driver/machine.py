"""Describes a run: machine, time, commit and versions."""

import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path

from . import databases
from .paths import ROOT, TARGET
from .servers import RUNNER, SPIN, SPIN_NEXT

# Packages of the peers whose versions a run records.
_PACKAGES = ("fastapi", "starlette", "uvicorn", "uvloop", "gunicorn", "flask", "sqlalchemy", "asyncpg", "psycopg", "prometheus-client")


def describe(command: list[str], *, has_postgres: bool) -> dict:
    """Returns the first record that a run writes."""
    return {
        "kind": "run",
        "began": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join(command),
        "commit": _first_line("git", "describe", "--always", "--dirty", "--abbrev=12"),
        "machine": {
            "cpu": _cpu(),
            "cores": len(os.sched_getaffinity(0)),
            "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            "kernel": platform.release(),
            "load": os.getloadavg()[0],
        },
        "versions": _versions(has_postgres=has_postgres),
    }


def _versions(*, has_postgres: bool) -> dict[str, str]:
    found = {"Python": platform.python_version(), "rustc": _first_line("rustc", "--version").removeprefix("rustc ")}
    found["the runner"] = _first_line(RUNNER, "--version").removeprefix("runner ") + ", " + _wasmtime()
    for name, spin in (("Spin", SPIN), ("newer Spin", SPIN_NEXT)):
        if spin:
            found[name] = _first_line(spin, "--version").removeprefix("spin ")
    if has_postgres:
        found["PostgreSQL"] = databases.psql("postgres", "SHOW server_version")
    for peer in ("fastapi", "flask"):
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        for distribution in distributions(path=[str(TARGET / "python" / peer / "lib" / version / "site-packages")]):
            if distribution.name.lower() in _PACKAGES:
                found[distribution.name] = distribution.version
    return found


def _wasmtime() -> str:
    found = re.search(r'name = "wasmtime"\nversion = "([^"]+)"', (ROOT / "Cargo.lock").read_text())
    return f"Wasmtime {found[1]}" if found else "Wasmtime"


def _cpu() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def _first_line(*command: str) -> str:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return (done.stdout.splitlines() or ["unknown"])[0].strip()
