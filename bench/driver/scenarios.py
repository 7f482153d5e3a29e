"""What is asked."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

USERS = 10_000
# So many requests are made up, and sent again and again: enough that no cache of a few users helps.
PLANNED = 20_000
# So much that nobody runs out of it, nor over the bound.
BALANCE = 1_000_000_000


@dataclass(frozen=True)
class Scenario:
    """A kind of request, or a mix of them."""

    name: str
    title: str
    request: Callable[[random.Random, int], dict]
    needs_key: bool = True
    needs_database: bool = True

    def plan(self, users: int) -> list[dict]:
        """The requests; the same ones for the same number of users."""
        source = random.Random(f"{self.name} {users}")
        return [self.request(source, users) for _ in range(PLANNED)]


def user(number: int) -> str:
    """The name of a user: in the order of the numbers."""
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
    # Of ten requests nine read one user; writes are half and half.
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
    """What is measured side by side: one scenario under the same conditions."""

    database: str
    scenario: str
    connections: int
    users: int = USERS
    # Whether latency at a fixed rate is measured too.
    is_paced: bool = False
    # All that can, unless named.
    servers: tuple[str, ...] = ()


# Where a million users are compared with ten thousand; only the API's own databases are of interest.
MANY_USERS = 1_000_000


def groups() -> Iterator[Group]:
    """What `bench/run` measures, unless told otherwise."""
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
