"""`bench/check`: checks that the peers respond as the API does."""

import os
import sys

from . import conformance
from .fleet import Fleet
from .servers import SERVERS


def main(arguments: list[str]) -> int:
    names = arguments or list(SERVERS)
    if unknown := [name for name in names if name not in SERVERS]:
        print(f"bench/check: there is no {', '.join(unknown)}, only {', '.join(SERVERS)}", file=sys.stderr)
        return 2
    is_same = True
    with Fleet(len(os.sched_getaffinity(0)), None) as fleet:
        for database in ("sqlite", "postgres"):
            for name, found in conformance.differences(fleet, database, names).items():
                print(f"{name} on {database}: {'differs' if found else 'the same'}")
                for difference in found:
                    print(f"  {difference}")
                is_same = is_same and not found
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
