"""Trees of processes: their ends, their CPU and their memory, from /proc."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Memory:
    """In bytes, of a whole tree.

    `pss` shares what several processes have among them. `peak` is what each had at most (VmHWM), less what they
    share now, because that is counted in each of them.
    """

    pss: int
    peak: int


def tree(root: int) -> list[int]:
    """A process and everything below it."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _stat(int(entry))):
            children.setdefault(int(fields[1]), []).append(int(entry))
    found = [root]
    for process in found:
        found.extend(children.get(process, []))
    return found


def cpu_seconds(root: int) -> float:
    """What the tree has used so far, with those of it that have ended."""
    stats = filter(None, map(_stat, tree(root)))
    return sum(sum(map(int, fields[11:15])) for fields in stats) / _TICKS


def memory(root: int) -> Memory:
    """What the tree has."""
    pss = rss = high = 0
    for process in tree(root):
        rollup = _values(f"/proc/{process}/smaps_rollup")
        pss += rollup.get("Pss", 0)
        rss += rollup.get("Rss", 0)
        high += _values(f"/proc/{process}/status").get("VmHWM", 0)
    return Memory(pss, max(pss, high - (rss - pss)))


def start(command: list[str], environment: dict[str, str], directory: Path, log: Path, cpus: set[int] | None = None):
    """Starts a process in a group of its own, with its output in `log`."""
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
    """Ends a process that `start` has started, and its group."""
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
    """Whether it came true within the time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def _stat(process: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat from the third on: state, ppid, ..., utime is the 12th of these."""
    try:
        # The name before them may hold anything, but no later parenthesis does.
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _values(file: str) -> dict[str, int]:
    """Lines such as `Pss: 12 kB`, in bytes."""
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
