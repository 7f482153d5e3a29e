"""Compares a peer with the API before it is measured: the same request must get the same response."""

import random
import re
from dataclasses import dataclass

from .client import Answer, ask
from .fleet import Fleet, Running
from .scenarios import SCENARIOS, USERS, Scenario, user
from .servers import API_KEY, SERVERS

_KEY = {"X-API-KEY": API_KEY}
# Values that differ each time but have a fixed form.
_FORMS = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "<time>"),
)
# Headers whose values must be equal. Other headers differ between servers.
_HEADERS = ("content-type", "etag", "link", "location", "www-authenticate", "cache-control", "x-content-type-options")


# Maximum characters of a value in the report of a difference.
_LONGEST = 120


@dataclass(frozen=True)
class Question:
    """A request to which the API and a peer must respond alike."""

    title: str
    method: str
    path: str
    headers: dict[str, str]
    body: object = None


def questions(scenarios: list[Scenario], *, is_ceiling: bool) -> list[Question]:
    """Returns requests of the scenarios and, unless the server is a ceiling, others such as invalid requests."""
    asked = []
    for scenario in scenarios:
        source = random.Random(scenario.name)
        for number in range(5 if scenario.name == "mix" else 2):
            request = scenario.request(source, USERS)
            headers = _KEY if scenario.needs_key else {}
            title = f"{scenario.name} {number + 1}"
            asked.append(Question(title, request["method"], request["path"], headers, request.get("body")))
    if is_ceiling:
        return asked
    transfer = {"from": user(1), "to": user(2), "amount": 1}
    return asked + [
        Question("no key", "GET", "/hello_world", {}),
        Question("a wrong key", "GET", f"/tocos/{user(1)}", {"X-API-KEY": "wrong-key-wrong-key"}),
        Question("a request id", "GET", "/hello_world", _KEY | {"X-Request-Id": "bench.1"}),
        Question("no such user", "GET", "/tocos/nobody", _KEY),
        Question("no such route", "GET", "/nothing", _KEY),
        Question("a new user", "PUT", "/tocos/somebody", _KEY, {"tocos": 1}),
        Question("a balance below zero", "PUT", f"/tocos/{user(1)}", _KEY, {"tocos": -1}),
        Question("no JSON", "PUT", f"/tocos/{user(1)}", _KEY, b"{"),
        Question("not enough", "POST", "/transfers", _KEY, transfer | {"amount": 2**53 - 1}),
        Question("to nobody", "POST", "/transfers", _KEY, transfer | {"to": "nobody"}),
        Question("to oneself", "POST", "/transfers", _KEY, transfer | {"to": user(1)}),
    ]


def differences(fleet: Fleet, database: str, names: list[str]) -> dict[str, list[str]]:
    """Returns, by server, how its responses differ from the API's."""
    found = {}
    for name in names:
        # A variant is the same program as a server that is compared with default settings.
        if name == "api" or SERVERS[name].is_variant or database not in SERVERS[name].databases:
            continue
        # Each peer gets a new API and database to compare with, because the requests change the database.
        with fleet.run("api", database, USERS) as reference, fleet.run(name, database, USERS) as peer:
            found[name] = _compare(reference, peer)
    return found


def _compare(reference: Running, peer: Running) -> list[str]:
    is_ceiling = peer.server.is_ceiling
    scenarios = [scenario for scenario in SCENARIOS.values() if not (is_ceiling and scenario.needs_database)]
    found = []
    for question in questions(scenarios, is_ceiling=is_ceiling):
        answers = [
            ask(running.port, question.method, question.path, question.headers, question.body)
            for running in (reference, peer)
        ]
        expected, got = (essence(answer, is_ceiling=is_ceiling) for answer in answers)
        found += [
            f"{question.title}: {part} is {_short(got.get(part))} and not {_short(value)}"
            for part, value in expected.items()
            if got.get(part) != value
        ]
    if not is_ceiling:
        found += _uncounted(peer)
    return found


def _uncounted(peer: Running) -> list[str]:
    """Checks that the peer counts requests by method, endpoint and status, and logs the API's fields."""
    wanted = {'method="GET"', 'endpoint="/tocos/{user}"', 'status="404"'}
    text = ask(peer.port, "GET", "/metrics", _KEY).body.decode()
    lines = [line for line in text.splitlines() if line.startswith("http_requests_total{")]
    found = [] if any(wanted <= set(re.findall(r'\w+="[^"]*"', line)) for line in lines) else ["metrics: no such count"]
    fields = ("timestamp", "level", "message", "request_id", "method", "endpoint", "path", "status", "duration_ms", "bytes", "key")
    is_line = lambda line: all(f'"{field}":' in line for field in fields)  # noqa: E731
    return found if any(map(is_line, peer.log().splitlines())) else [*found, "log: no line with all fields"]


def essence(answer: Answer, *, is_ceiling: bool = False) -> dict[str, object]:
    """Returns the parts of a response that must be equal: status, headers and JSON, with new ids and times masked.

    For invalid values and malformed requests, a problem's `detail` and `errors` don't count: each framework has its
    own words for them.
    """
    body = answer.json()
    if isinstance(body, dict) and str(body.get("type", "")).endswith((":invalid-value", ":malformed-request")):
        body = {name: body.get(name) for name in ("type", "title", "status", "request_id")}
    essence: dict[str, object] = {"status": answer.status, "body": _without_news(body)}
    if is_ceiling:
        return essence | {"content-type": answer.headers.get("content-type")}
    essence |= {name: _without_news(answer.headers.get(name)) for name in _HEADERS}
    if answer.status == 201:
        # The tag of a new user contains a random number.
        essence["etag"] = "etag" in answer.headers
    return essence | {"x-request-id": _without_news(answer.headers.get("x-request-id"))}


def _short(value) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _without_news(value):
    if isinstance(value, str):
        for form, word in _FORMS:
            value = form.sub(word, value)
    elif isinstance(value, dict):
        value = {name: _without_news(member) for name, member in value.items()}
    elif isinstance(value, list):
        value = [_without_news(member) for member in value]
    return value
