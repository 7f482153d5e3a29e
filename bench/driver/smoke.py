"""`bench/smoke`: shows in a minute whether the API has become much slower than others, by ratios alone.

An absolute number depends on the machine. A ratio of two servers that get requests in turn depends on the servers.
The margins are wide, because CI machines are noisy.
"""

import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from . import conformance
from .fleet import Fleet
from .load import Timing, measure
from .scenarios import SCENARIOS, USERS
from .tables import table, times

ROUNDS = 4
TIMING = Timing(warm_up=0.3, duration=1.5)
CONNECTIONS = 32
NAMES = ["api", "fastapi", "flask", "hello"]


@dataclass(frozen=True)
class Expectation:
    """The API's throughput must be at least `least` times that of a peer."""

    scenario: str
    peer: str
    least: float


EXPECTATIONS = (
    Expectation("hello_world", "fastapi", 1.2),
    Expectation("hello_world", "flask", 1.5),
    Expectation("hello_world", "hello", 0.4),
    Expectation("get", "fastapi", 1.5),
    Expectation("get", "flask", 1.2),
)

# By scenario and server: the requests per second of each round.
Rates = dict[tuple[str, str], list[float]]


def judge(rates: Rates, expectations: tuple[Expectation, ...] = EXPECTATIONS) -> list[tuple[Expectation, float, bool]]:
    """Returns the ratio of each expectation, and whether the expectation holds.

    Each ratio is of one round, so that a disturbance of both servers cancels out. The median of the rounds counts.
    """
    judged = []
    for expectation in expectations:
        own = rates[expectation.scenario, "api"]
        others = rates[expectation.scenario, expectation.peer]
        ratio = median(one / other for one, other in zip(own, others, strict=True))
        judged.append((expectation, ratio, ratio >= expectation.least))
    return judged


def main(arguments: list[str]) -> int:
    expectations = EXPECTATIONS
    if arguments == ["--expect-too-much"]:
        # No server reaches these ratios: this shows that the smoke test can fail.
        expectations = tuple(Expectation(each.scenario, each.peer, 1000.0) for each in EXPECTATIONS)
    elif arguments:
        print("usage: bench/smoke [--expect-too-much]", file=sys.stderr)
        return 2
    with Fleet(len(os.sched_getaffinity(0)), None) as fleet:
        for name, differences in conformance.differences(fleet, "sqlite", NAMES).items():
            if differences:
                print(f"bench/smoke: {name} answers otherwise than the API: {differences[0]}", file=sys.stderr)
                return 1
        rates = gather(fleet)
    judged = judge(rates, expectations)
    rows = [
        [SCENARIOS[each.scenario].title, each.peer, times(ratio), times(each.least), "ok" if holds else "too slow"]
        for each, ratio, holds in judged
    ]
    print(table(["the API's throughput", "by that of", "is", "at least", ""], rows))
    return 0 if all(holds for _, _, holds in judged) else 1


def gather(fleet: Fleet) -> Rates:
    """Measures each server in turn, round by round."""
    rates: Rates = {}
    for name in dict.fromkeys(each.scenario for each in EXPECTATIONS):
        scenario = SCENARIOS[name]
        requests = scenario.plan(USERS)
        wanted = ["api", *(each.peer for each in EXPECTATIONS if each.scenario == name)]
        with ExitStack() as stack:
            servers = [stack.enter_context(fleet.run(server, "sqlite", USERS)) for server in wanted]
            for _ in range(ROUNDS):
                for running in servers:
                    result = measure(running, scenario, requests, CONNECTIONS, TIMING)
                    if result["errors"]:
                        raise RuntimeError(f"{running.server.name}: {result['error_kinds']}\n{running.log()}")
                    rates.setdefault((name, running.server.name), []).append(result["per_second"])
    return rates


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
