"""Starts and stops process trees, and reads their CPU time and memory from /proc."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Memory:
    """Memory of a process tree, in bytes.

    `pss` divides shared pages among the processes that share them. `peak` is the sum of each process's peak (VmHWM),
    less the memory that they share now, because VmHWM counts it in each process.
    """

    pss: int
    peak: int


def tree(root: int) -> list[int]:
    """Returns a process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _stat(int(entry))):
            children.setdefault(int(fields[1]), []).append(int(entry))
    found = [root]
    for process in found:
        found.extend(children.get(process, []))
    return found


def cpu_seconds(root: int) -> float:
    """Returns the CPU time of the tree so far, including children that have ended and were waited for."""
    stats = filter(None, map(_stat, tree(root)))
    return sum(sum(map(int, fields[11:15])) for fields in stats) / _TICKS


def memory(root: int) -> Memory:
    """Returns the memory of the tree."""
    pss = rss = high = 0
    for process in tree(root):
        rollup = _values(f"/proc/{process}/smaps_rollup")
        pss += rollup.get("Pss", 0)
        rss += rollup.get("Rss", 0)
        high += _values(f"/proc/{process}/status").get("VmHWM", 0)
    return Memory(pss, max(pss, high - (rss - pss)))


def start(command: list[str], environment: dict[str, str], directory: Path, log: Path, cpus: set[int] | None = None):
    """Starts a process in its own process group, and appends its output to `log`."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}

    def pin():
        if cpus:
            os.sched_setaffinity(0, cpus)

    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=directory,
            env=inherited | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=pin,
        )


def stop(process: subprocess.Popen) -> None:
    """Ends a process from `start`, and its group: with SIGTERM, and after 5 s with SIGKILL."""
    for number, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        try:
            os.killpg(process.pid, number)
            process.wait(patience)
        except ProcessLookupError:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        return


def wait_until(condition, seconds: float, pause: float = 0.02) -> bool:
    """Returns whether the condition became true in time. Checks it every `pause` seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def _stat(process: int) -> list[str] | None:
    """Returns the fields of /proc/<pid>/stat from the third on: state, ppid and so on. The 12th of these is utime."""
    try:
        # The second field, the process name, may hold parentheses. The fields after it have none.
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _values(file: str) -> dict[str, int]:
    """Reads lines such as `Pss: 12 kB`. Returns the values in bytes."""
    values: dict[str, int] = {}
    try:
        lines = Path(file).read_text().splitlines()
    except OSError:
        return values
    for line in lines:
        parts = line.split()
        if len(parts) == 3 and parts[2] == "kB":
            values[parts[0].rstrip(":")] = int(parts[1]) * 1024
    return values
