"""Tables in Markdown."""

from collections.abc import Iterable

from .results import Measured, Results
from .scenarios import SCENARIOS

_MIB = 2**20

Lines = Iterable[tuple[str, dict[str, Measured]]]


def table(head: list[str], rows: list[list[str]]) -> str:
    """Returns an empty string if there are no rows."""
    if not rows:
        return ""
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def throughput(results: Results, title: str, lines: Lines) -> str:
    return _by_server(results, title, lines, lambda measured: _number(measured.median("per_second")))


def latency(results: Results, title: str, lines: Lines) -> str:
    """Each cell holds p50, p99 and p99.9, in milliseconds."""

    def cell(measured: Measured) -> str:
        values = [measured.median(name) for name in ("p50", "p99", "p999")]
        return " / ".join(_millis(value) for value in values)

    return _by_server(results, f"{title}: p50 / p99 / p99.9", lines, cell, with_rate=True)


def cpu(results: Results, title: str, lines: Lines) -> str:
    def cell(measured: Measured) -> str:
        server, database = (measured.median("cpu_per_thousand", name) for name in ("server", "database"))
        if server is None:
            return ""
        return f"{server:.3f}" + (f" + {database:.3f}" if database is not None else "")

    return _by_server(results, title, lines, cell)


def peak(results: Results) -> str:
    """Peak memory for each number of connections: the largest of all scenarios on SQLite."""
    counts = sorted({group.connections for loop, group in results.loads if loop == "closed"})
    rows = []
    for name, title in results.titles.items():
        cells = []
        for connections in counts:
            found = [servers[name].median("memory", "peak") for _, servers in results.closed("sqlite", connections) if name in servers]
            found = [value for value in found if value]
            cells.append(mebibytes(max(found)) if found else "")
        if any(cells):
            rows.append([title, *cells])
    return table(["Peak memory on SQLite, MiB", *(f"{count} connection{'' if count == 1 else 's'}" for count in counts)], rows)


def footprint(results: Results) -> str:
    """Start times, shipped sizes, and memory of idle copies."""
    copies = results.copies()
    rows = []
    for name, title in results.titles.items():
        first, anew = (results.start(name, is_compiled_anew=is_anew) for is_anew in (False, True))
        cells = [_whole_millis(first), _whole_millis(anew), mebibytes(results.size(name))]
        cells += [mebibytes(results.idle(name, count)) for count in copies]
        if any(cells):
            rows.append([title, *cells])
    head = ["server", "start, ms", "start with compiling, ms", "shipped, MiB"]
    return table(head + [f"{count} idle {'copy' if count == 1 else 'copies'}, MiB" for count in copies], rows)


def times(value: float | None) -> str:
    """Formats a ratio, such as `2.50×`."""
    if value is None:
        return ""
    return f"{value:.1f}×" if value >= 9.95 else f"{value:.2f}×"


def mebibytes(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value / _MIB:.0f}" if value >= 10 * _MIB else f"{value / _MIB:.1f}"


def _by_server(results: Results, title: str, lines: Lines, cell, *, with_rate: bool = False) -> str:
    lines = list(lines)
    names = [name for name in results.titles if any(name in servers for _, servers in lines)]
    rows = []
    for scenario, servers in lines:
        row = [SCENARIOS[scenario].title]
        if with_rate:
            rate = next(iter(servers.values())).median("rate")
            row[0] += f", {_number(rate)}/s"
        row += [_or_failed(servers.get(name), cell) for name in names]
        rows.append(row)
    return table([title, *(results.titles[name] for name in names)], rows)


def _or_failed(measured: Measured | None, cell) -> str:
    if measured is None:
        return ""
    return cell(measured) if measured.good else "failed"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _millis(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 99.5 else f"{value:.1f}" if value >= 9.95 else f"{value:.2f}"


def _whole_millis(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:,.0f}"
