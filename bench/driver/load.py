"""Runs the generator against a server, and looks at the server meanwhile."""

import json
import os
import resource
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from . import processes
from .fleet import Running
from .paths import TARGET
from .scenarios import Scenario
from .servers import API_KEY

# Beyond what a run takes by itself: requests that are never answered are given up after 10 s.
_PATIENCE = 60


@dataclass(frozen=True)
class Timing:
    """Seconds, and requests per second where the rate is fixed."""

    warm_up: float
    duration: float
    rate: float | None = None


def measure(
    running: Running,
    scenario: Scenario,
    requests: Path,
    connections: int,
    timing: Timing,
    *,
    postmaster: int | None = None,
    cpus: set[int] | None = None,
) -> dict:
    """What the generator says, and what server, database and generator have used."""
    command = [str(TARGET / "release" / "load"), "--address", f"127.0.0.1:{running.port}", "--requests", str(requests)]
    command += ["--connections", str(connections), "--warm-up", str(timing.warm_up), "--duration", str(timing.duration)]
    if scenario.needs_key:
        command += ["--header", f"X-API-KEY: {API_KEY}"]
    if timing.rate is not None:
        command += ["--rate", f"{timing.rate:.3f}"]
    roots = {"server": running.process.pid} | ({"database": postmaster} if postmaster else {})
    before = {name: processes.cpu_seconds(root) for name, root in roots.items()}
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    pin = (lambda: os.sched_setaffinity(0, cpus)) if cpus else None
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=timing.duration + _PATIENCE, preexec_fn=pin
    )
    took = time.perf_counter() - began
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    result = json.loads(done.stdout)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    generator = used.ru_utime + used.ru_stime - own.ru_utime - own.ru_stime
    thousands = max(result["sent"], 1) / 1000
    result["cpu_per_thousand"] = {
        name: (processes.cpu_seconds(root) - before[name]) / thousands for name, root in roots.items()
    } | {"generator": generator / thousands}
    # Near 1 it is the generator that is measured.
    result["generator_load"] = generator / took
    result["memory"] = asdict(processes.memory(running.process.pid))
    return result
