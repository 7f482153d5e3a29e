"""Three replicas behind nginx with the configuration of `deploy/`: python3 -m driver.replicas PLAN.

PLAN is JSON: `port` and `directory` of nginx, and for each replica its `port`, `command`, `environment` and
`directory`. All of them stay in the process group of this module, so ending the group ends them.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from .client import is_up
from .paths import ROOT
from .processes import wait_until

REPLICAS = 3
# Seconds.
_START_TIMEOUT = 30
_DEPLOY = ROOT / "deploy"
# Directives that limit the requests of one address. The generator has only one, so they are left out.
_LIMITS = ("limit_req zone", "limit_conn in_progress")


def main(arguments: list[str]) -> int:
    plan = json.loads(Path(arguments[0]).read_text())
    for replica in plan["replicas"]:
        environment = os.environ | replica["environment"]
        process = subprocess.Popen(replica["command"], cwd=replica["directory"], env=environment)
        # nginx would leave out a replica that refuses its first connections.
        if not wait_until(lambda port=replica["port"]: is_up(port), _START_TIMEOUT) or process.poll() is not None:
            return 1
    prefix = Path(plan["directory"])
    write_configuration(prefix, plan["port"], [replica["port"] for replica in plan["replicas"]])
    command = [str(ROOT / "hack" / "servers" / "nginx"), "-p", str(prefix), "-c", "nginx.conf", "-e", "stderr"]
    return subprocess.run(command, check=False).returncode


def write_configuration(prefix: Path, port: int, replicas: list[int]) -> None:
    """Writes the configuration of `deploy/` without the limits per address."""
    lines = (_DEPLOY / "nginx.conf").read_text().splitlines()
    kept = [line for line in lines if not line.strip().startswith(_LIMITS)]
    (prefix / "nginx.conf").write_text("\n".join(kept) + "\n")
    (prefix / "nginx").mkdir()
    options = re.search(r"^server \S+ resolve (.+);$", (_DEPLOY / "nginx" / "servers.conf").read_text(), re.MULTILINE)[1]
    included = {
        "listen.conf": f"listen 127.0.0.1:{port};",
        "next.conf": "server 127.0.0.1:1;",
        "problems.conf": (_DEPLOY / "nginx" / "problems.conf").read_text(),
        "servers.conf": "\n".join(f"server 127.0.0.1:{replica} {options};" for replica in replicas),
    }
    for name, text in included.items():
        (prefix / "nginx" / name).write_text(text + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
