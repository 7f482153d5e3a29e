"""gunicorn's settings: workers, threads, kept-alive connections, and no access log of its own."""

import os

from prometheus_client import multiprocess

bind = os.environ["LISTEN"]
workers = int(os.environ["WORKERS"])
threads = int(os.environ["THREADS"])
# Workers share the memory of imported modules.
preload_app = True
keepalive = 75
loglevel = "warning"
worker_tmp_dir = "/dev/shm"


def child_exit(_server, worker):
    """Removes the live gauges of a worker that has ended."""
    multiprocess.mark_process_dead(worker.pid)
