"""Metrics in prometheus-client's multiprocess mode, and a line of JSON on stderr for each request."""

import os
import re
import time

import orjson
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

from .domain import timestamp, uuid7

# The API's buckets, in seconds.
_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"}
# Probes are frequent: the API logs them at debug only, the peers not at all.
_PROBES = {"/health", "/metrics"}
_PLAIN_ID = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)

_requests = Counter("http_requests", "Requests that were answered.", ["method", "endpoint", "status"])
_durations = Histogram("http_request_duration_seconds", "How long they took.", ["method", "endpoint"], buckets=_BUCKETS)
# Cached series by labels: prometheus-client would look them up behind a lock each time.
_counters: dict = {}


def request_id(given: str | None) -> str:
    """Returns the caller's id if it is valid, else a new one."""
    return given if given and _PLAIN_ID.fullmatch(given) else uuid7()


def account(*, request: str, method: str, endpoint: str, path: str, status: int, began: float, size: int, key: str | None):
    """Counts and logs a finished request. `began` is from `time.perf_counter`."""
    duration = time.perf_counter() - began
    label = method if method in _METHODS else "other"
    series = _counters.get((label, endpoint, status))
    if series is None:
        series = (_requests.labels(label, endpoint, str(status)), _durations.labels(label, endpoint))
        _counters[label, endpoint, status] = series
    series[0].inc()
    series[1].observe(duration)
    if endpoint in _PROBES:
        return
    line = {
        "timestamp": timestamp(time.time()),
        "level": "info",
        "message": "request",
        "request_id": request,
        "method": method,
        "endpoint": endpoint,
        "path": path,
        "status": status,
        "duration_ms": round(duration * 1000, 3),
        "bytes": size,
    }
    if key is not None:
        line["key"] = key
    os.write(2, orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def exposition() -> bytes:
    """Returns the metrics of all workers in Prometheus's text format."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return generate_latest(registry)
