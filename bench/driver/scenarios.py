"""The requests that the benchmark sends, and the groups that it measures."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

USERS = 10_000
# Number of planned requests, which a run repeats. It is large enough that a cache of a few users does not help.
PLANNED = 20_000
# Tocos of each user: so many that transfers neither use them up nor exceed the maximum of 2**53 - 1.
BALANCE = 1_000_000_000


@dataclass(frozen=True)
class Scenario:
    """One kind of request, or a mix of several."""

    name: str
    title: str
    request: Callable[[random.Random, int], dict]
    needs_key: bool = True
    needs_database: bool = True

    def plan(self, users: int) -> list[dict]:
        """Returns the requests, which are the same for the same number of users."""
        source = random.Random(f"{self.name} {users}")
        return [self.request(source, users) for _ in range(PLANNED)]


def user(number: int) -> str:
    """Returns the name of a user. Names sort as their numbers do."""
    return f"user-{number:07}"


def _health(_source, _users):
    return {"method": "GET", "path": "/health", "status": 200}


def _hello(_source, _users):
    return {"method": "GET", "path": "/hello_world", "status": 200}


def _get(source, users):
    return {"method": "GET", "path": f"/tocos/{user(source.randrange(users))}", "status": 200}


def _page(_source, _users):
    return {"method": "GET", "path": "/tocos?limit=100", "status": 200}


def _put(source, users):
    path = f"/tocos/{user(source.randrange(users))}"
    return {"method": "PUT", "path": path, "status": 200, "body": {"tocos": BALANCE + source.randrange(1000)}}


def _transfer(source, users):
    giver, receiver = source.sample(range(users), 2)
    body = {"from": user(giver), "to": user(receiver), "amount": 1}
    return {"method": "POST", "path": "/transfers", "status": 201, "body": body}


def _mix(source, users):
    # Nine of ten requests read one user. Half of the writes are `PUT`, the other half transfers.
    kind = source.randrange(20)
    return (_put if kind == 0 else _transfer if kind == 1 else _get)(source, users)


SCENARIOS = {
    scenario.name: scenario
    for scenario in [
        Scenario("health", "`GET /health`", _health, needs_key=False, needs_database=False),
        Scenario("hello_world", "`GET /hello_world`", _hello, needs_database=False),
        Scenario("get", "`GET /tocos/{user}`", _get),
        Scenario("page", "`GET /tocos?limit=100`", _page),
        Scenario("put", "`PUT /tocos/{user}`", _put),
        Scenario("transfer", "`POST /transfers`", _transfer),
        Scenario("mix", "90 % reads, 10 % writes", _mix),
    ]
}


@dataclass(frozen=True)
class Group:
    """A scenario that several servers run under the same conditions."""

    database: str
    scenario: str
    connections: int
    users: int = USERS
    # Whether to measure latency at a fixed rate, too.
    is_paced: bool = False
    # Empty means every server that can serve the scenario and is no variant.
    servers: tuple[str, ...] = ()


# The API with this many users is compared with itself with `USERS`. The peers don't take part.
MANY_USERS = 1_000_000


def groups() -> Iterator[Group]:
    """Yields the groups that `bench/run` measures by default."""
    for name in SCENARIOS:
        yield Group("sqlite", name, 32, is_paced=True)
    for connections in (1, 256):
        for name in ("hello_world", "get", "put"):
            yield Group("sqlite", name, connections)
    for name, scenario in SCENARIOS.items():
        if scenario.needs_database:
            yield Group("postgres", name, 32, is_paced=True)
    yield Group("sqlite", "hello_world", 32, servers=("spin-limited", "spin-token"))
    for name in ("get", "mix"):
        yield Group("postgres", name, 32, servers=("spin-replicas", "spin-next-replicas", "fastapi-replicas"))
    for database in ("sqlite", "postgres"):
        for name in ("get", "page"):
            yield Group(database, name, 32, users=MANY_USERS, servers=("api", "spin", "spin-next"))
