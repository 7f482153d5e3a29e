"""The routes of the scenarios in Flask."""

import base64
import time

import orjson
from common import settings, telemetry
from common.problems import (
    CHALLENGE, INTERNAL, METHOD_NOT_ALLOWED, NOT_FOUND, PROBLEM_JSON, Refused,
    authenticate, invalid, malformed, user_name, user_not_found,
)  # fmt: skip
from common.statements import MAX_TOCOS
from common.store import Store
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

app = Flask(__name__, static_folder=None)
_store = None


def store() -> Store:
    """Returns the store, which each worker makes after the fork."""
    global _store
    if _store is None:
        _store = Store(settings.database_url(), settings.THREADS)
    return _store


def json(content, status: int = 200, headers: dict | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, content_type="application/json")


@app.before_request
def begin() -> None:
    g.began = time.perf_counter()
    g.request_id = telemetry.request_id(request.headers.get("X-Request-Id"))
    g.key = None
    if request.endpoint in _PROTECTED:
        g.key = authenticate(request.headers.get("X-API-KEY"))


@app.after_request
def end(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-Id"] = g.request_id
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cache-Control"] = "no-store"
    rule = request.url_rule
    telemetry.account(
        request=g.request_id,
        method=request.method,
        endpoint="unmatched" if rule is None else rule.rule.replace("<", "{").replace(">", "}"),
        path=request.path,
        status=response.status_code,
        began=g.began,
        size=response.content_length or 0,
        key=g.key,
    )
    return response


@app.get("/health")
def health() -> Response:
    return json({"status": "ok"})


@app.get("/metrics")
def metrics() -> Response:
    return Response(telemetry.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


@app.get("/hello_world")
def hello_world() -> Response:
    return json({"message": "Hello World!"})


@app.get("/tocos")
def list_tocos() -> Response:
    try:
        limit = int(request.args.get("limit", "100"))
        cursor = request.args.get("cursor", "")
        after = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        raise malformed("limit or cursor can't be read") from None
    if not 1 <= limit <= 1000:
        raise invalid("limit: must be from 1 to 1000")
    entries = store().page(after, limit + 1)
    if len(entries) <= limit:
        return json(entries)
    entries.pop()
    following = base64.urlsafe_b64encode(entries[-1]["user"].encode()).decode().rstrip("=")
    return json(entries, headers={"Link": f'</tocos?limit={limit}&cursor={following}>; rel="next"'})


@app.get("/tocos/<user>")
def get_tocos(user: str) -> Response:
    found = store().get(user_name(user))
    if found is None:
        raise user_not_found(user)
    return json(found[0], headers={"ETag": found[1]})


@app.put("/tocos/<user>")
def put_tocos(user: str) -> Response:
    tocos = number(body({"tocos"})["tocos"], "tocos", 0)
    tag, is_new = store().put(user_name(user), tocos)
    headers = {"ETag": tag} | ({"Location": f"/tocos/{user}"} if is_new else {})
    return json({"user": user, "tocos": tocos}, 201 if is_new else 200, headers)


@app.post("/transfers")
def create_transfer() -> Response:
    new = body({"from", "to", "amount"}, {"note"})
    giver, receiver, note = new["from"], new["to"], new.get("note")
    if not isinstance(giver, str) or not isinstance(receiver, str) or not isinstance(note, str | None):
        raise malformed("from, to and note are texts")
    if user_name(giver) == user_name(receiver) or len(note or "") > 200:
        raise invalid("to must be another user, and note has 200 characters at most")
    transfer = store().transfer(giver, receiver, number(new["amount"], "amount", 1), note)
    return json(transfer, 201, {"Location": f"/transfers/{transfer['id']}"})


@app.errorhandler(Refused)
def refused(error: Refused) -> Response:
    headers = [CHALLENGE] if error.status == 401 else None
    return Response(error.document(g.request_id), error.status, headers, content_type=PROBLEM_JSON)


@app.errorhandler(HTTPException)
def unmatched(error: HTTPException) -> Response:
    return refused(Refused(*{404: NOT_FOUND, 405: METHOD_NOT_ALLOWED}.get(error.code, INTERNAL)))


@app.errorhandler(Exception)
def failed(error: Exception) -> Response:
    app.logger.error("request %s", g.request_id, exc_info=error)
    return refused(Refused(*INTERNAL))


def body(required: set, optional: frozenset | set = frozenset()) -> dict:
    """Returns the body's members, or raises `Refused` if it lacks a required one or has an unknown one."""
    try:
        content = orjson.loads(request.get_data(cache=False))
    except orjson.JSONDecodeError:
        raise malformed("the body is no JSON") from None
    if not isinstance(content, dict) or not required <= content.keys() <= required | optional:
        raise malformed("the body has other members")
    return content


def number(value, name: str, least: int) -> int:
    """Returns the value if it is an integer within the bounds, else raises `Refused`."""
    if type(value) is not int:
        raise malformed(f"{name}: must be an integer")
    if not least <= value <= MAX_TOCOS:
        raise invalid(f"{name}: must be from {least} to {MAX_TOCOS}")
    return value


_PROTECTED = {"hello_world", "list_tocos", "get_tocos", "put_tocos", "create_transfer"}
