"""`bench/report`: makes the page docs/benchmarks.md and its plots from the results of bench/run."""

import sys
from collections.abc import Iterator
from pathlib import Path

from . import plots, tables
from .paths import RESULTS, ROOT
from .results import Results, ratio
from .run import PACED_SHARE
from .scenarios import MANY_USERS, SCENARIOS, USERS

# Number of connections for ratios, plots and most tables.
MANY = 32
DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
_OTHERS = ("fastapi", "flask", "native")
# The servers that each is compared with. The ceiling is on the same runtime; replicas are compared with replicas.
PEERS = {
    "api": (*_OTHERS, "hello"),
    "spin": (*_OTHERS, "spin-hello"),
    "spin-next": (*_OTHERS, "spin-next-hello"),
    "spin-replicas": ("fastapi-replicas",),
    "spin-next-replicas": ("fastapi-replicas",),
}
# Two throughputs whose ratio differs from 1 by at most this count as equal.
NOISE = 0.05


def main(arguments: list[str]) -> int:
    directory = ROOT / "docs"
    if arguments[:1] == ["--output"]:
        directory = Path(arguments[1])
        arguments = arguments[2:]
    files = [Path(argument) for argument in arguments] or sorted(RESULTS.glob("*.jsonl"))[-1:]
    if not files:
        print("bench/report: nothing was measured; see bench/run", file=sys.stderr)
        return 1
    results = Results.read(files)
    (directory / "images").mkdir(parents=True, exist_ok=True)
    images = []
    for name, title, drawing in plots.draw(results, MANY):
        (directory / "images" / name).write_text(drawing)
        images.append(f"![{title}](images/{name})")
    page = directory / "benchmarks.md"
    page.write_text("\n\n".join(filter(None, sections(results, images))) + "\n")
    print(page)
    return 0


def sections(results: Results, images: list[str]) -> Iterator[str]:
    """Yields the paragraphs of the page."""
    yield "# Measured against what people would use instead"
    yield introduction(results)
    for api in filter(PEERS.__contains__, results.titles):
        yield f"## Ratios: {results.titles[api]}"
        yield "Its throughput by that of the others. Above 1 it is faster, below 1 slower."
        for database in DATABASES:
            yield ratios(results, api, database)
            yield verdict(results, api, database)
    yield from images
    yield "## Throughput"
    yield "Requests per second, each connection asking again as soon as it has its answer. Medians of the rounds."
    for database, title in DATABASES.items():
        for connections in sorted({group.connections for loop, group in results.loads if loop == "closed"}):
            head = f"{title}, {connections} connection{'' if connections == 1 else 's'}"
            yield tables.throughput(results, head, results.closed(database, connections))
    yield "## Latency at the same rate"
    yield (
        f"Milliseconds at {PACED_SHARE:.0%} of what the slowest server of the line did at most: all get the same traffic. "
        "Counted from when a request was due, so that waiting for a free connection counts."
    )
    for database, title in DATABASES.items():
        yield tables.latency(results, f"{title}, {MANY} connections", results.paced(database, MANY))
    yield "## CPU"
    yield "Seconds for 1,000 requests in the closed loop, of all processes of the server; `+` is PostgreSQL's own part."
    for database, title in DATABASES.items():
        yield tables.cpu(results, f"{title}, {MANY} connections", results.closed(database, MANY))
    yield "## Memory, start and size"
    yield tables.footprint(results)
    yield tables.peak(results)
    yield scale(results)
    yield doubts(results)


def introduction(results: Results) -> str:
    run = results.runs[0]
    machine = run["machine"]
    # Leaves out where the results go.
    commands = [f"`{run['command'].split(' --output')[0]}` at commit `{run['commit']}`" for run in results.runs]
    lines = [
        f"Measured on {run['began'][:10]} by {listed(commands)}, on {machine['cores']} cores of "
        f"{machine['cpu']} with {machine['memory'] / 2**30:.0f} GiB, Linux {machine['kernel']}, load {machine['load']:.1f} at the start.",
        "Versions: " + ", ".join(f"{name} {version}" for name, version in run["versions"].items()) + ".",
        "What is measured, how, and what is fair is in [bench/README.md](../bench/README.md). Ratios say more than the "
        "numbers, which are those of this machine.",
    ]
    if any(run["is_quick"] for run in results.runs):
        lines.insert(0, "**Of a quick run, to see that everything works: these numbers mean nothing.**")
    return "\n\n".join(lines)


def listed(commands: list[str]) -> str:
    """Formats commands as part of a sentence: a, b and c."""
    *others, last = commands
    return f"{', '.join(others)} and {last}" if others else last


def peers(results: Results, api: str) -> list[str]:
    """Returns the measured servers that `api` is compared with."""
    return [name for name in results.titles if name in PEERS[api]]


def ratios(results: Results, api: str, database: str) -> str:
    columns = peers(results, api)
    rows = []
    for scenario, servers in results.closed(database, MANY):
        values = [ratio(servers, api, peer) for peer in columns]
        if any(values):
            rows.append([SCENARIOS[scenario].title, *(tables.times(value) for value in values)])
    head = [f"{DATABASES[database]}, {MANY} connections", *(f"by that of {results.titles[peer]}" for peer in columns)]
    return tables.table(head, rows)


def verdict(results: Results, api: str, database: str) -> str:
    """Says in words for which scenarios the API is faster, slower, or the same."""
    lines = []
    for peer in peers(results, api):
        found: dict[str, list[str]] = {"faster": [], "slower": [], "the same": []}
        for scenario, servers in results.closed(database, MANY):
            if value := ratio(servers, api, peer):
                word = "faster" if value > 1 + NOISE else "slower" if value < 1 - NOISE else "the same"
                found[word].append(f"{SCENARIOS[scenario].title} ({tables.times(value)})")
        parts = [f"{word} for {', '.join(scenarios)}" for word, scenarios in found.items() if scenarios]
        if parts:
            lines.append(f"- Than {results.titles[peer]}: {'; '.join(parts)}.")
    return "\n".join(lines)


def scale(results: Results) -> str:
    """Compares the throughput with a million users to that with ten thousand."""
    rows = []
    for database, title in DATABASES.items():
        few = dict(results.closed(database, MANY))
        for scenario, servers in results.closed(database, MANY, MANY_USERS):
            for name, many in servers.items():
                with_few = few.get(scenario, {}).get(name)
                one, other = many.median("per_second"), with_few and with_few.median("per_second")
                if one and other:
                    rows.append([results.titles[name], f"{SCENARIOS[scenario].title}, {title}", tables.times(one / other)])
    if not rows:
        return ""
    return f"## A million users\n\nThroughput, by that with {USERS:,}.\n\n" + tables.table(["server", "request", "ratio"], rows)


def doubts(results: Results) -> str:
    """Lists what makes results doubtful: refused servers, failed runs, a busy generator, rounds that differ."""
    lines = []
    for record in results.refused:
        lines.append(f"- {record['server']} on {DATABASES[record['database']]} was not measured, as it answers otherwise: {record['differences'][0]}")
    for (loop, group), servers in results.loads.items():
        for name, measured in servers.items():
            where = f"{results.titles[name]}, {SCENARIOS[group.scenario].title}, {DATABASES[group.database]}, {group.connections} connections, {loop} loop"
            if measured.failed:
                lines.append(f"- {measured.failed} of {len(measured.records)} runs failed and don't count: {where}.")
            if (load := measured.median("generator_load")) and load > 0.9:
                lines.append(f"- The generator was busy for {load:.0%} of the time, so the server may do more: {where}.")
            if loop == "closed" and (spread := measured.spread()) and spread > 1.3:
                lines.append(f"- The rounds are up to {tables.times(spread)} apart: {where}.")
    return "" if not lines else "## Doubts\n\n" + "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
