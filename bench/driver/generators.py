"""The two load generators: oha if all requests have the same method and expected status, else `bench/load`."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .paths import ROOT, TARGET

# Timeout of a request, in seconds.
_TIMEOUT = 10


@dataclass(frozen=True)
class Generator:
    """The command line of a load generator, and the parser of its output."""

    # Command and arguments, without the duration and the rate.
    base: list[str]
    duration: Callable[[float], list[str]]
    rate: Callable[[float], list[str]]
    # Converts the output to sent, per_second, errors, error_kinds, p50, p99 and p999; latencies are in milliseconds.
    read: Callable[[dict], dict]

    def command(self, duration: float, rate: float | None) -> list[str]:
        return self.base + self.duration(duration) + (self.rate(rate) if rate is not None else [])


def choose(requests: list[dict], port: int, connections: int, headers: dict[str, str], directory: Path) -> Generator:
    """Returns the generator for these requests, and writes its input files to the directory."""
    if len({(request["method"], request["status"]) for request in requests}) == 1:
        return _oha(requests, port, connections, headers, directory)
    return _ours(requests, port, connections, headers, directory)


def _oha(requests: list[dict], port: int, connections: int, headers: dict[str, str], directory: Path) -> Generator:
    urls, bodies = directory / "urls", directory / "bodies"
    urls.write_text("".join(f"http://127.0.0.1:{port}{request['path']}\n" for request in requests))
    base = [str(ROOT / "target" / "tools" / "oha" / "bin" / "oha"), "--no-tui", "--output-format", "json"]
    # One thread, to leave the rest of the machine to the server.
    base += ["--worker-threads", "1", "-c", str(connections), "-t", f"{_TIMEOUT}s", "-m", requests[0]["method"]]
    base += ["--disable-compression", "--redirect", "0", "--urls-from-file", str(urls)]
    if "body" in requests[0]:
        bodies.write_text("".join(json.dumps(request["body"]) + "\n" for request in requests))
        base += ["-T", "application/json", "-Z", str(bodies)]
    for name, value in headers.items():
        base += ["-H", f"{name}: {value}"]
    status = str(requests[0]["status"])
    return Generator(
        base,
        # `-w`: at the end, oha waits for outstanding responses.
        lambda seconds: ["-z", f"{seconds * 1000:.0f}ms", "-w"],
        lambda rate: ["-q", f"{rate:.3f}", "--latency-correction"],
        lambda printed: read_oha(printed, status),
    )


def read_oha(printed: dict, status: str) -> dict:
    """Converts oha's output. Every status but `status` is an error."""
    statuses, failures = printed["statusCodeDistribution"], printed["errorDistribution"]
    kinds = {f"status {code}": count for code, count in statuses.items() if code != status}
    kinds |= failures
    answered = statuses.get(status, 0)
    return {
        "sent": sum(statuses.values()) + sum(failures.values()),
        "per_second": answered / printed["summary"]["total"],
        "errors": sum(kinds.values()),
        "error_kinds": kinds,
    } | {
        name: (printed["latencyPercentiles"][percentile] or 0) * 1000
        for name, percentile in (("p50", "p50"), ("p99", "p99"), ("p999", "p99.9"))
    }


def _ours(requests: list[dict], port: int, connections: int, headers: dict[str, str], directory: Path) -> Generator:
    file = directory / "requests.jsonl"
    file.write_text("".join(json.dumps(request) + "\n" for request in requests))
    base = [str(TARGET / "release" / "load"), "--address", f"127.0.0.1:{port}", "--requests", str(file)]
    base += ["--connections", str(connections)]
    for name, value in headers.items():
        base += ["--header", f"{name}: {value}"]
    return Generator(
        base,
        lambda seconds: ["--duration", str(seconds)],
        lambda rate: ["--rate", f"{rate:.3f}"],
        lambda printed: printed,
    )
