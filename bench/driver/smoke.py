"""`bench/smoke`: a minute that shows whether the API has become much slower than others, by ratios alone.

An absolute number would say something of the machine; a ratio of two servers that were asked in turn says
something of them. The margins are wide, because machines of CI are noisy.
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
    """The API does at least so many times what a peer does."""

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

# For each scenario and server the requests per second of each round.
Rates = dict[tuple[str, str], list[float]]


def judge(rates: Rates, expectations: tuple[Expectation, ...] = EXPECTATIONS) -> list[tuple[Expectation, float, bool]]:
    """The ratio of each expectation, and whether it holds.

    Ratios are of the same round, so that what disturbs both disturbs neither's; the median of them counts.
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
        # That it can fail is seen by asking for what nothing reaches.
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
    """Asks each server in turn, round by round."""
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
