"""`bench/calls`: the CPU time of the host calls that a `/hello_world` makes, on each runtime."""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from . import processes
from .client import ask, free_port, is_up
from .paths import PEERS
from .servers import Place, on_each_runtime
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
START_TIMEOUT = 60


class Component:
    """The component `calls` on one runtime."""

    def __init__(self, stack: ExitStack, runtime: str, launch):
        self.runtime = runtime
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        self.port = free_port()
        started = launch(Place(self.port, directory, directory, 1))
        self._process = processes.start(started.command, started.environment, started.directory, directory / "log")
        stack.callback(processes.stop, self._process)
        if not processes.wait_until(lambda: is_up(self.port), START_TIMEOUT):
            raise RuntimeError(f"{runtime}: the component does not start")

    def microseconds(self, call: str) -> float:
        """Returns the CPU time of one call."""
        before = processes.cpu_seconds(self._process.pid)
        used, requests = 0.0, 0
        while used < LEAST:
            answer = ask(self.port, "GET", f"/{call}/{COUNT}", {"X-API-KEY": "bench"})
            if answer.status != 200:
                raise RuntimeError(f"{self.runtime}: {call} responds {answer.status}")
            requests += 1
            used = processes.cpu_seconds(self._process.pid) - before
        return used / requests / COUNT * 1e6


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench/calls", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often (5)")
    rounds = parser.parse_args(arguments).rounds
    with ExitStack() as stack:
        components = [Component(stack, runtime, launch) for _, runtime, launch in on_each_runtime(PEERS / "calls" / "spin.toml")]
        found: dict[tuple[str, str], list[float]] = {}
        for number in range(rounds):
            print(f"bench: round {number + 1} of {rounds}", file=sys.stderr)
            for component in components:
                for call in (NOTHING, *CALLS):
                    found.setdefault((component.runtime, call), []).append(component.microseconds(call))
    rows = [[use, *(_own(found, component.runtime, call) for component in components)] for call, use in CALLS.items()]
    print(table(["CPU time of a call, µs", *(component.runtime for component in components)], rows))
    return 0


def _own(found: dict[tuple[str, str], list[float]], runtime: str, call: str) -> str:
    """Returns the median of a call, without the share of the request and the loop."""
    return f"{median(found[runtime, call]) - median(found[runtime, NOTHING]):.1f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
