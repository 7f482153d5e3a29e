"""Measures a server without load: its start, its size, and the memory of idle copies."""

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from . import processes
from .client import ask
from .fleet import Fleet
from .scenarios import USERS
from .servers import API_KEY, SERVERS

# Longer than the second after which the runtime drops an idle instance of a component.
_IDLE_SECONDS = 3
# Seconds between two checks whether a server is up, which limit the precision of a start time.
_PAUSE = 0.001
# Packages and directories of a virtual environment that an image would not ship.
_UPKEEP = ("pip", "setuptools", "_distutils_hack", "__pycache__")


def starts(fleet: Fleet, names: list[str], rounds: int) -> Iterator[dict]:
    """Yields the seconds to the first 200. A component starts once from the compilation cache and once without it."""
    for round_number in range(rounds):
        for name in names:
            is_wasm = SERVERS[name].shipped[0].suffix == ".wasm"
            for is_compiled_anew in (False, True) if is_wasm else (False,):
                with fleet.run(name, "sqlite", USERS, is_compiled_anew=is_compiled_anew, pause=_PAUSE) as running:
                    yield {
                        "kind": "start",
                        "server": name,
                        "round": round_number,
                        "is_compiled_anew": is_compiled_anew,
                        "seconds": running.started_in,
                    }


def idle(fleet: Fleet, names: list[str], counts: tuple[int, ...]) -> Iterator[dict]:
    """Yields the memory of copies that have served a request and are idle."""
    for name in names:
        with ExitStack() as copies, ThreadPoolExecutor(4) as starters:

            def start(name: str = name, copies: ExitStack = copies) -> int:
                context = fleet.run(name, "sqlite", USERS)
                running = context.__enter__()
                copies.push(context.__exit__)
                ask(running.port, "GET", "/hello_world", {"X-API-KEY": API_KEY})
                return running.process.pid

            there: list[int] = []
            for count in counts:
                missing = count - len(there)
                there += [future.result() for future in [starters.submit(start) for _ in range(missing)]]
                time.sleep(_IDLE_SECONDS)
                each = [processes.memory(process) for process in there]
                yield {
                    "kind": "idle",
                    "server": name,
                    "copies": count,
                    "pss": sum(memory.pss for memory in each),
                    "peak_of_one": statistics.median(memory.peak for memory in each),
                }


def sizes(names: list[str]) -> Iterator[dict]:
    """Yields the size of the shipped files, in bytes, without the runtime (Spin or Python)."""
    for name in names:
        yield {"kind": "size", "server": name, "bytes": sum(map(_size, SERVERS[name].shipped))}


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    files = (file for file in path.rglob("*") if file.is_file() and not file.is_symlink())
    return sum(file.stat().st_size for file in files if not _is_upkeep(file.relative_to(path)))


def _is_upkeep(path: Path) -> bool:
    return any(part == word or part.startswith(f"{word}-") for part in path.parts for word in _UPKEEP)
