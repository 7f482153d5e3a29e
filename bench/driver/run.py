"""`bench/run`: everything side by side, in interleaved rounds, one line of JSON for each thing measured."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from . import conformance, databases, footprint, machine
from .fleet import Fleet
from .load import Timing, measure
from .paths import RESULTS
from .scenarios import SCENARIOS, Group, groups
from .servers import SERVERS

# The fixed rate for latencies, as a share of the throughput of the slowest server of a group. All servers get the same
# traffic, and none gets more than it can take.
PACED_SHARE = 0.5
WARM_UP = 0.5


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    chosen = select(options)
    names = [name for name in SERVERS if not options.server or name in options.server]
    has_postgres = any(group.database == "postgres" for group in chosen)
    file = options.output or RESULTS / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as results, Fleet(len(options.server_cpus or os.sched_getaffinity(0)), options.server_cpus) as fleet:

        def write(record: dict) -> None:
            results.write(json.dumps(record) + "\n")
            # An interrupted run keeps the results so far.
            results.flush()

        command = ["bench/run", *arguments]
        write(machine.describe(command, has_postgres=has_postgres) | {"is_quick": options.quick, "title": titles(names)})
        accepted = refuse(fleet, chosen, names, write)
        if options.footprint:
            measure_footprint(fleet, accepted, options, write)
        bench = Bench(fleet, accepted, options, write)
        for round_number in range(options.rounds):
            for number, group in enumerate(chosen):
                say(f"round {round_number + 1} of {options.rounds}, {number + 1} of {len(chosen)}: {describe(group)}")
                bench.measure(group, round_number)
    print(file)
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, to see that everything works; its numbers mean nothing")
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, help="only this one; may be repeated")
    parser.add_argument("--server", action="append", choices=SERVERS, help="only this one; may be repeated")
    parser.add_argument("--database", action="append", choices=("sqlite", "postgres"), help="only this one; may be repeated")
    parser.add_argument("--connections", action="append", type=int, help="only groups of so many; may be repeated")
    parser.add_argument("--users", action="append", type=int, help="only groups of so many; may be repeated")
    parser.add_argument("--rounds", type=int, help="how often (3); 0 measures starts, sizes and idle copies alone")
    parser.add_argument("--seconds", type=float, help="how long each measurement takes (2.5)")
    parser.add_argument("--no-footprint", dest="footprint", action="store_false", help="no starts, sizes and idle copies")
    parser.add_argument("--server-cpus", type=cpus, help="cores for the servers alone, as in 0,1; all for everybody without")
    parser.add_argument("--load-cpus", type=cpus, help="cores for the generator alone")
    parser.add_argument("--output", type=Path, help="the file that results are added to")
    options = parser.parse_args(arguments)
    if options.rounds is None:
        options.rounds = 1 if options.quick else 3
    options.seconds = options.seconds or (0.5 if options.quick else 2.5)
    return options


def select(options: argparse.Namespace) -> list[Group]:
    """Returns the groups that the options select."""

    def is_wanted(group: Group) -> bool:
        wishes = (
            (options.scenario, group.scenario),
            (options.database, group.database),
            (options.connections, group.connections),
            (options.users, group.users),
        )
        return all(not wish or value in wish for wish, value in wishes)

    return list(filter(is_wanted, groups()))


def refuse(fleet: Fleet, chosen: list[Group], names: list[str], write: Callable) -> dict[str, list[str]]:
    """Returns, by database, the servers that respond as the API does. Reports the others and leaves them out."""
    accepted = {}
    for database in dict.fromkeys(group.database for group in chosen):
        say(f"comparing the answers on {database}")
        there = [name for name in names if database in SERVERS[name].databases]
        found = conformance.differences(fleet, database, there)
        for name, differences in found.items():
            for difference in differences:
                say(f"{name} is refused: {difference}")
            if differences:
                write({"kind": "refused", "server": name, "database": database, "differences": differences})
        accepted[database] = [name for name in there if not found.get(name)]
    return accepted


class Bench:
    """Measures groups and writes the records."""

    def __init__(self, fleet: Fleet, accepted: dict[str, list[str]], options: argparse.Namespace, write: Callable):
        self._fleet = fleet
        self._accepted = accepted
        self._options = options
        self._write = write

    def measure(self, group: Group, round_number: int) -> None:
        """Measures the servers of a group in turn: first each one's highest throughput, then latencies at one rate."""
        names = self._names(group, round_number)
        if not names:
            return
        scenario = SCENARIOS[group.scenario]
        requests = scenario.plan(group.users)
        postmaster = databases.postmaster() if group.database == "postgres" else None

        def load(running, loop: str, rate: float | None) -> dict:
            timing = Timing(WARM_UP, self._options.seconds, rate)
            result = measure(
                running, scenario, requests, group.connections, timing,
                postmaster=postmaster, cpus=self._options.load_cpus,
            )  # fmt: skip
            key = {"kind": "load", "loop": loop, "round": round_number, "server": running.server.name}
            conditions = {name: getattr(group, name) for name in ("database", "scenario", "connections", "users")}
            self._write(key | conditions | {"rate": rate} | result)
            if result["errors"]:
                say(f"{running.server.name} failed: {result['error_kinds']}\n{running.log()[-500:]}")
            return result

        with ExitStack() as stack:
            fleet = [stack.enter_context(self._fleet.run(name, group.database, group.users)) for name in names]
            closed = [load(running, "closed", None) for running in fleet]
            good = [result["per_second"] for result in closed if not result["errors"]]
            if group.is_paced and good:
                for running in fleet:
                    load(running, "paced", max(1.0, PACED_SHARE * min(good)))

    def _names(self, group: Group, round_number: int) -> list[str]:
        """Returns the servers that can run the group. Each round begins with another one, so none is always first."""
        needs_database = SCENARIOS[group.scenario].needs_database
        names = [
            name
            for name in self._accepted[group.database]
            if (name in group.servers if group.servers else not SERVERS[name].is_variant)
            and not (needs_database and SERVERS[name].is_ceiling)
        ]
        first = round_number % max(len(names), 1)
        return names[first:] + names[:first]


def measure_footprint(fleet: Fleet, accepted: dict[str, list[str]], options: argparse.Namespace, write: Callable) -> None:
    names = [name for name in accepted.get("sqlite", []) if not SERVERS[name].is_variant]

    def records() -> Iterator[dict]:
        yield from footprint.sizes(names)
        yield from footprint.starts(fleet, names, 1 if options.quick else 5)
        yield from footprint.idle(fleet, names, (1, 2) if options.quick else (1, 10, 50))

    say("sizes, starts and idle copies")
    for record in records():
        write(record)


def titles(names: list[str]) -> dict[str, str]:
    return {name: SERVERS[name].title for name in names}


def describe(group: Group) -> str:
    return f"{group.scenario} on {group.database}, {group.connections} connections, {group.users} users"


def cpus(text: str) -> set[int]:
    return {int(part) for part in text.split(",")}


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
