"""`bench/cache`: what `cache_ttl` gives three replicas that share PostgreSQL and Redis, at nine reads to a write."""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from urllib.parse import urlsplit

from . import processes
from .client import free_port, is_up
from .databases import postmaster
from .fleet import Fleet, Running
from .load import Timing, measure
from .replicas import REPLICAS
from .scenarios import SCENARIOS, USERS, Scenario
from .servers import SERVERS, Place, redis_settings
from .tables import table, times

CONNECTIONS = 10
TTL = "30s"
START_TIMEOUT = 60
# Entries of the previous round may have expired, so the cache fills before each measurement.
FILL = Timing(warm_up=0.0, duration=8.0)
MEASURED = Timing(warm_up=0.0, duration=8.0)


def _request(source, users):
    return SCENARIOS["put" if source.randrange(10) == 0 else "get"].request(source, users)


SCENARIO = Scenario("cache", "90 % `GET /tocos/{user}`, 10 % `PUT`", _request)


@dataclass
class Group:
    """Replicas of one build with the same settings."""

    title: str
    replicas: list[Running]
    # One value per round: requests per second, and CPU time per request in milliseconds.
    values: dict[str, list[float]] = field(default_factory=dict)

    def measure(self, requests: list[dict]) -> str:
        """Fills the cache, measures, and returns the values as text."""
        self._load(requests, FILL)
        before = self._cpu_seconds()
        results = self._load(requests, MEASURED)
        after = self._cpu_seconds()
        sent = sum(result["sent"] for result in results)
        values = {"per_second": sum(result["per_second"] for result in results)}
        values |= {name: (after[name] - before[name]) / sent * 1000 for name in after}
        for name, value in values.items():
            self.values.setdefault(name, []).append(value)
        return ", ".join(f"{name} {value:.3f}" for name, value in values.items())

    def _load(self, requests: list[dict], timing: Timing) -> list[dict]:
        """Sends requests to all replicas at once."""
        with ThreadPoolExecutor(REPLICAS) as threads:
            each = threads.map(lambda replica: measure(replica, SCENARIO, requests, CONNECTIONS, timing), self.replicas)
            results = list(each)
        for replica, result in zip(self.replicas, results, strict=True):
            if result["errors"]:
                raise RuntimeError(f"{self.title}: {result['error_kinds']}\n{replica.log()}")
        return results

    def _cpu_seconds(self) -> dict[str, float]:
        return {
            "postgres": processes.cpu_seconds(postmaster()),
            "redis": redis_cpu_seconds(),
            "replicas": sum(processes.cpu_seconds(replica.process.pid) for replica in self.replicas),
        }


def redis_cpu_seconds() -> float:
    """Returns the CPU time that Redis reports for itself."""
    redis = urlsplit(os.environ["MINI_API_REDIS"])
    command = ["redis-cli", "-h", redis.hostname, "-p", str(redis.port), "info", "cpu"]
    environment = os.environ | {"REDISCLI_AUTH": redis.password or ""}
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    lines = dict(line.split(":", 1) for line in output.splitlines() if ":" in line)
    return float(lines["used_cpu_sys"]) + float(lines["used_cpu_user"])


def start(stack: ExitStack, fleet: Fleet, name: str, ttl: str) -> Group:
    """Starts replicas that share a new database."""
    server = SERVERS[name]
    title = f"{server.title}, {f'`cache_ttl = {ttl}`' if ttl else 'no cache'}"
    copy = fleet.databases.copy("postgres", USERS, f"cache_{name}_{ttl}", fleet.directory)
    replicas = []
    for number in range(REPLICAS):
        directory = fleet.directory / f"{name}-{ttl}-{number}"
        directory.mkdir()
        place = Place(free_port(), directory, copy, 1)
        launch = server.launch(place)
        # The environment's name separates the cache entries of different builds.
        environment = launch.environment | redis_settings() | {
            "SPIN_VARIABLE_APP_ENV": f"bench-{name}",
            "SPIN_VARIABLE_CACHE_TTL": ttl,
        }  # fmt: skip
        process = processes.start(launch.command, environment, launch.directory, directory / "log")
        stack.callback(processes.stop, process)
        replicas.append(Running(server, process, place.port, directory, 0.0))
        if not processes.wait_until(lambda port=place.port: is_up(port), START_TIMEOUT):
            raise RuntimeError(f"{title} does not start:\n{replicas[-1].log()}")
    return Group(title, replicas)


def rows(groups: list[Group]) -> list[list[str]]:
    """Returns the medians of each group, and the medians of its ratios to the first group in the same round."""
    lines = []
    for group in groups:
        cells = [group.title]
        for name, digits in (("per_second", 0), ("postgres", 3), ("redis", 3), ("replicas", 3)):
            cells.append(f"{median(group.values[name]):.{digits}f}")
            if name in ("per_second", "postgres"):
                pairs = zip(group.values[name], groups[0].values[name], strict=True)
                cells.append(times(median(own / first for own, first in pairs)))
        lines.append(cells)
    return lines


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench/cache", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often (5)")
    rounds = parser.parse_args(arguments).rounds
    with Fleet(1, None) as fleet, ExitStack() as stack:
        requests = SCENARIO.plan(USERS)
        wanted = [(name, ttl) for name in ("before", "api") if name in SERVERS for ttl in ("", TTL)]
        groups = [start(stack, fleet, name, ttl) for name, ttl in wanted]
        for number in range(rounds):
            first = number % len(groups)
            for group in groups[first:] + groups[:first]:
                result = group.measure(requests)
                print(f"bench: round {number + 1} of {rounds}, {group.title}: {result}", file=sys.stderr)
        head = ["", "requests/s", "ratio", "PostgreSQL's CPU, ms a request", "ratio", "Redis' CPU", "the replicas' CPU"]
        print(table(head, rows(groups)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
