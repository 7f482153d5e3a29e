"""Reads results and summarizes them: medians of the rounds without an error."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from .scenarios import USERS, Group


@dataclass
class Measured:
    """The records of one server under the same conditions, one for each round."""

    records: list[dict] = field(default_factory=list)

    @property
    def good(self) -> list[dict]:
        """The records without an error; the others don't count."""
        return [record for record in self.records if not record["errors"]]

    @property
    def failed(self) -> int:
        return len(self.records) - len(self.good)

    def median(self, *names: str) -> float | None:
        """Returns the median of a value. Several names are the path to a nested value."""
        values = []
        for record in self.good:
            value = record
            for name in names:
                value = (value or {}).get(name)
            if value is not None:
                values.append(value)
        return median(values) if values else None

    def spread(self) -> float | None:
        """Returns the highest throughput of a round divided by the lowest."""
        rates = [record["per_second"] for record in self.good]
        return max(rates) / min(rates) if rates and min(rates) > 0 else None


class Results:
    """The records of one or more runs."""

    def __init__(self, records: Iterable[dict]):
        self.runs: list[dict] = []
        self.refused: list[dict] = []
        self.loads: dict[tuple[str, Group], dict[str, Measured]] = defaultdict(lambda: defaultdict(Measured))
        self._footprint: dict[str, list[dict]] = defaultdict(list)
        for record in records:
            self._take(record)

    @classmethod
    def read(cls, files: list[Path]) -> "Results":
        lines = (line for file in files for line in file.read_text().splitlines())
        return cls(map(json.loads, filter(None, lines)))

    def _take(self, record: dict) -> None:
        kind = record["kind"]
        if kind == "run":
            self.runs.append(record)
        elif kind == "refused":
            self.refused.append(record)
        elif kind == "load":
            group = Group(*(record[name] for name in ("database", "scenario", "connections", "users")))
            self.loads[record["loop"], group][record["server"]].records.append(record)
        else:
            self._footprint[kind].append(record)

    @property
    def titles(self) -> dict[str, str]:
        """The titles of the servers by name, in the order of tables and plots."""
        return {name: title for run in self.runs for name, title in run["title"].items()}

    def closed(self, database: str, connections: int, users: int = USERS) -> Iterator[tuple[str, dict[str, Measured]]]:
        """Yields each scenario with the servers' results in the closed loop."""
        yield from self._of("closed", database, connections, users)

    def paced(self, database: str, connections: int, users: int = USERS) -> Iterator[tuple[str, dict[str, Measured]]]:
        """Yields each scenario with the servers' results at the same fixed rate."""
        yield from self._of("paced", database, connections, users)

    def _of(self, loop, database, connections, users):
        for (its_loop, group), servers in self.loads.items():
            if (its_loop, group.database, group.connections, group.users) == (loop, database, connections, users):
                yield group.scenario, servers

    def start(self, server: str, *, is_compiled_anew: bool) -> float | None:
        """Returns the median start time, in seconds."""
        return self._median("start", "seconds", server=server, is_compiled_anew=is_compiled_anew)

    def size(self, server: str) -> float | None:
        """Returns the size of the shipped files, in bytes."""
        return self._median("size", "bytes", server=server)

    def idle(self, server: str, copies: int) -> float | None:
        """Returns the memory (PSS) of this many idle copies together, in bytes."""
        return self._median("idle", "pss", server=server, copies=copies)

    def copies(self) -> list[int]:
        """Returns the numbers of idle copies for which there are results."""
        return sorted({record["copies"] for record in self._footprint["idle"]})

    def _median(self, kind: str, value: str, **wanted) -> float | None:
        records = (record for record in self._footprint[kind] if wanted.items() <= record.items())
        values = [record[value] for record in records]
        return median(values) if values else None


def ratio(servers: dict[str, Measured], one: str, other: str) -> float | None:
    """Returns the throughput of `one` divided by that of `other`."""
    if one not in servers or other not in servers:
        return None
    values = servers[one].median("per_second"), servers[other].median("per_second")
    return values[0] / values[1] if values[0] and values[1] else None
