"""gunicorn's settings: one worker a core, connections that are kept alive, and no log of its own beside ours."""

import os

from prometheus_client import multiprocess

bind = os.environ["LISTEN"]
workers = int(os.environ["WORKERS"])
threads = int(os.environ["THREADS"])
# Workers share the memory of what was imported.
preload_app = True
keepalive = 75
loglevel = "warning"
worker_tmp_dir = "/dev/shm"


def child_exit(_server, worker):
    """Tells the counts that a worker is gone."""
    multiprocess.mark_process_dead(worker.pid)
