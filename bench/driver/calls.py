"""`bench/calls`: the CPU time of the host calls that a `/hello_world` makes, on each runtime."""

import argparse
import sys
from contextlib import ExitStack
from statistics import median

from . import processes
from .client import ask
from .fleet import Fleet, Running
from .paths import PEERS
from .servers import Server, on_each_runtime
from .tables import table

# Of the component, with what each is for.
CALLS = {
    "method": "the method",
    "path": "the path and query",
    "headers": "the header fields: a resource and its copy",
    "system-clock": "the time of the log line",
    "monotonic-clock": "the time for durations",
    "random": "512 random bytes",
    "stderr": "a log line of 260 bytes",
    "fields": "six header fields for the response",
    "stream": "a stream for the body",
    "response": "the response, with a future for trailers",
    "yield": "a turn for the host",
}
NOTHING = "nothing"
# Calls of one request: enough that the request itself does not count.
COUNT = 5000
# CPU time to measure, in seconds: /proc counts in hundredths.
LEAST = 0.5

# By runtime and call: the CPU time of each round, in microseconds.
Found = dict[tuple[str, str], list[float]]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench/calls", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often (5)")
    rounds = parser.parse_args(arguments).rounds
    servers = [
        Server(f"{prefix}calls", runtime, launch, (), is_ceiling=True)
        for prefix, runtime, launch in on_each_runtime(PEERS / "calls" / "spin.toml")
    ]
    with Fleet(1, None) as fleet, ExitStack() as stack:
        components = [stack.enter_context(fleet.serve(server, "sqlite", 0)) for server in servers]
        found: Found = {}
        for number in range(rounds):
            print(f"bench: round {number + 1} of {rounds}", file=sys.stderr)
            for component in components:
                for call in (NOTHING, *CALLS):
                    found.setdefault((component.server.title, call), []).append(microseconds(component, call))
    runtimes = [server.title for server in servers]
    rows = [[use, *(_own(found, runtime, call) for runtime in runtimes)] for call, use in CALLS.items()]
    print(table(["CPU time of a call, µs", *runtimes], rows))
    return 0


def microseconds(component: Running, call: str) -> float:
    """Returns the CPU time of one call."""
    before = processes.cpu_seconds(component.process.pid)
    used, requests = 0.0, 0
    while used < LEAST:
        answer = ask(component.port, "GET", f"/{call}/{COUNT}", {"X-API-KEY": "bench"})
        if answer.status != 200:
            raise RuntimeError(f"{component.server.title}: {call} responds {answer.status}\n{component.log()}")
        requests += 1
        used = processes.cpu_seconds(component.process.pid) - before
    return used / requests / COUNT * 1e6


def _own(found: Found, runtime: str, call: str) -> str:
    """Returns the median of a call, without the share of the request and the loop."""
    return f"{median(found[runtime, call]) - median(found[runtime, NOTHING]):.1f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
