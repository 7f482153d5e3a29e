"""Bar charts as SVG, readable on light and on dark pages."""

from collections.abc import Iterator
from html import escape

from .results import Results
from .scenarios import SCENARIOS

_WIDTH = 760
_LABEL = 200
_BAR = 14
_GAP = 4
# Room for the number at the end of the longest bar.
_NUMBER = 90
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-size: 15px; font-weight: 600 }
.group { font-weight: 600 }
.api { fill: #0969da } .spin { fill: #54aeff } .spin-next { fill: #218bff }
.fastapi { fill: #1a7f5a } .flask { fill: #9a6700 } .native { fill: #cf5b2e }
.hello, .spin-hello, .spin-next-hello { fill: #8c959f }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .api { fill: #4493f8 } .spin { fill: #79c0ff } .spin-next { fill: #58a6ff }
  .fastapi { fill: #3fb950 } .flask { fill: #d29922 } .native { fill: #f0883e }
  .hello, .spin-hello, .spin-next-hello { fill: #8b949e }
}
"""

# A group of bars: its name, and the value of each server.
Bars = tuple[str, dict[str, float]]


def draw(results: Results, connections: int) -> Iterator[tuple[str, str, str]]:
    """Yields file name, title and drawing of each plot that has results."""
    found = [
        ("throughput", f"Requests per second on SQLite, {connections} connections", _rates(results, "sqlite", connections)),
        ("throughput-postgres", f"Requests per second on PostgreSQL, {connections} connections", _rates(results, "postgres", connections)),
        ("latency", "Latency on SQLite at the same rate, p99 in ms; shorter is better", _latencies(results, connections)),
        ("memory", "Memory of idle copies in MiB; shorter is better", _idle(results)),
    ]
    for name, title, groups in found:
        if groups:
            yield f"bench-{name}.svg", title, bars(title, groups, results.titles)


def bars(title: str, groups: list[Bars], titles: dict[str, str]) -> str:
    """Draws horizontal bars. Each group has its own scale, on which its longest bar fills the width."""
    parts, y = [f'<text class="title" x="8" y="22">{escape(title)}</text>'], 36
    room = _WIDTH - _LABEL - _NUMBER
    for name, values in groups:
        y += _BAR
        parts.append(f'<text class="group" x="8" y="{y}">{escape(name.replace("`", ""))}</text>')
        y += _GAP + 2
        longest = max(values.values()) or 1
        for server in filter(values.__contains__, titles):
            width = max(1.0, room * values[server] / longest)
            middle = y + _BAR - 3
            parts.append(f'<text x="{_LABEL - 8}" y="{middle}" text-anchor="end">{escape(titles[server])}</text>')
            parts.append(f'<rect class="{server}" x="{_LABEL}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="2"/>')
            parts.append(f'<text x="{_LABEL + width + 6:.1f}" y="{middle}">{_short(values[server])}</text>')
            y += _BAR + _GAP
        y += 2 * _GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y + 8}" role="img" aria-label="{escape(title)}">'
    return "\n".join([head, f"<style>{_STYLE}</style>", *parts, "</svg>", ""])


def _rates(results: Results, database: str, connections: int) -> list[Bars]:
    return _groups(results.closed(database, connections), "per_second")


def _latencies(results: Results, connections: int) -> list[Bars]:
    return _groups(results.paced("sqlite", connections), "p99")


def _groups(lines, value: str) -> list[Bars]:
    groups = []
    for scenario, servers in lines:
        values = {name: measured.median(value) for name, measured in servers.items()}
        values = {name: number for name, number in values.items() if number}
        if values:
            groups.append((SCENARIOS[scenario].title, values))
    return groups


def _idle(results: Results) -> list[Bars]:
    groups = []
    for copies in results.copies():
        values = {name: results.idle(name, copies) for name in results.titles}
        values = {name: value / 2**20 for name, value in values.items() if value}
        groups.append((f"{copies} {'copy' if copies == 1 else 'copies'}", values))
    return groups


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 99.5 else f"{value:.1f}" if value >= 9.95 else f"{value:.2f}"
