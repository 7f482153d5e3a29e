"""Starts and stops the servers to measure."""

import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import processes
from .client import free_port, is_up
from .databases import Databases
from .servers import SERVERS, Place, Server

_START_TIMEOUT = 60


@dataclass
class Running:
    """A started server."""

    server: Server
    process: subprocess.Popen
    port: int
    directory: Path
    # Seconds from the start of the process to its first response with status 200.
    started_in: float

    def log(self) -> str:
        """Returns the last 4,000 characters of the server's output."""
        return (self.directory / "log").read_text(errors="replace")[-4000:]


class Fleet:
    """Starts servers, each with its own directory and database."""

    def __init__(self, cores: int, cpus: set[int] | None):
        self._cores = cores
        self._cpus = cpus
        self._stack = ExitStack()

    def __enter__(self):
        self.directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        self.databases = Databases(self.directory)
        return self

    def __exit__(self, *failure):
        return self._stack.__exit__(*failure)

    def run(self, name: str, database: str, users: int, *, is_compiled_anew: bool = False, pause: float = 0.01):
        """Runs the server of this name, as `serve` does."""
        return self.serve(SERVERS[name], database, users, is_compiled_anew=is_compiled_anew, pause=pause)

    @contextmanager
    def serve(self, server: Server, database: str, users: int, *, is_compiled_anew: bool = False, pause: float = 0.01):
        """Runs a server for the duration of the block. Waits until it responds with status 200."""
        directory = Path(tempfile.mkdtemp(prefix=f"{server.name}-", dir=self.directory))
        # A ceiling has no database; a directory takes the place of the file.
        copy = directory if server.is_ceiling else self.databases.copy(database, users, server.name, directory)
        place = Place(free_port(), directory, copy, self._cores, is_compiled_anew)
        launch = server.launch(place)
        began = time.perf_counter()
        process = processes.start(launch.command, launch.environment, launch.directory, directory / "log", self._cpus)
        running = Running(server, process, place.port, directory, 0.0)
        try:
            is_there = lambda: is_up(place.port) or process.poll() is not None  # noqa: E731
            if not processes.wait_until(is_there, _START_TIMEOUT, pause) or process.poll() is not None:
                raise RuntimeError(f"{server.name} does not start:\n{running.log()}")
            running.started_in = time.perf_counter() - began
            yield running
        finally:
            processes.stop(process)
            shutil.rmtree(directory, ignore_errors=True)
