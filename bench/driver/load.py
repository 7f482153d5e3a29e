"""Runs a load generator against a server, and measures CPU time and memory."""

import json
import os
import resource
import subprocess
import time
from dataclasses import asdict, dataclass

from . import generators, processes
from .fleet import Running
from .scenarios import Scenario

# Seconds that a generator may take beyond its duration. It gives up on a request after 10 s.
_PATIENCE = 60


@dataclass(frozen=True)
class Timing:
    """Times in seconds. `rate` is in requests per second; `None` means a closed loop."""

    warm_up: float
    duration: float
    rate: float | None = None


def measure(
    running: Running,
    scenario: Scenario,
    requests: list[dict],
    connections: int,
    timing: Timing,
    *,
    postmaster: int | None = None,
    cpus: set[int] | None = None,
) -> dict:
    """Returns the generator's results, with the CPU time of server, database and generator, and the server's memory."""
    headers = running.server.headers if scenario.needs_key else {}
    generator = generators.choose(requests, running.port, connections, headers, running.directory)
    _run(generator.command(timing.warm_up, timing.rate), timing.warm_up, cpus)
    roots = {"server": running.process.pid} | ({"database": postmaster} if postmaster else {})
    before = {name: processes.cpu_seconds(root) for name, root in roots.items()}
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    result = generator.read(_run(generator.command(timing.duration, timing.rate), timing.duration, cpus))
    took = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = used.ru_utime + used.ru_stime - own.ru_utime - own.ru_stime
    thousands = max(result["sent"], 1) / 1000
    result["cpu_per_thousand"] = {
        name: (processes.cpu_seconds(root) - before[name]) / thousands for name, root in roots.items()
    } | {"generator": spent / thousands}
    # Near 1, the generator is the bottleneck.
    result["generator_load"] = spent / took
    result["memory"] = asdict(processes.memory(running.process.pid))
    return result


def _run(command: list[str], duration: float, cpus: set[int] | None) -> dict:
    pin = (lambda: os.sched_setaffinity(0, cpus)) if cpus else None
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=duration + _PATIENCE, preexec_fn=pin
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)
