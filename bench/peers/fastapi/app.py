"""The routes of the scenarios in FastAPI."""

import base64
import os
from typing import Annotated

import orjson
from common import telemetry
from common.problems import (
    CHALLENGE, INTERNAL, METHOD_NOT_ALLOWED, NOT_FOUND, PROBLEM_JSON, Refused,
    authenticate, invalid, malformed, user_name, user_not_found,
)  # fmt: skip
from common.statements import MAX_TOCOS
from envelope import Envelope
from fastapi import Depends, FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from stores import AsyncpgStore, ThreadedStore

app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
app.add_middleware(Envelope)
_store = None


class Balance(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    tocos: Annotated[int, Field(ge=0, le=MAX_TOCOS)]


class NewTransfer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    giver: Annotated[str, Field(alias="from", pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    receiver: Annotated[str, Field(alias="to", pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    amount: Annotated[int, Field(ge=1, le=MAX_TOCOS)]
    note: Annotated[str | None, Field(max_length=200)] = None


def store():
    """Returns the store, which each worker makes after the fork."""
    global _store
    if _store is None:
        _store = ThreadedStore() if "DATABASE" in os.environ else AsyncpgStore()
    return _store


async def caller(request: Request, x_api_key: Annotated[str | None, Header()] = None) -> None:
    """Rejects a request without the right key."""
    request.state.key = authenticate(x_api_key)


protected = [Depends(caller)]


def json(content, status: int = 200, headers: dict | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, "application/json")


@app.get("/health")
async def health() -> Response:
    return json({"status": "ok"})


@app.get("/metrics")
def metrics() -> Response:
    return Response(telemetry.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


@app.get("/hello_world", dependencies=protected)
async def hello_world() -> Response:
    return json({"message": "Hello World!"})


@app.get("/tocos", dependencies=protected)
async def list_tocos(limit: Annotated[int, Query(ge=1, le=1000)] = 100, cursor: str = "") -> Response:
    try:
        after = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        raise malformed("cursor: is none that this API gave out") from None
    entries = await store().page(after, limit + 1)
    if len(entries) <= limit:
        return json(entries)
    entries.pop()
    following = base64.urlsafe_b64encode(entries[-1]["user"].encode()).decode().rstrip("=")
    return json(entries, headers={"Link": f'</tocos?limit={limit}&cursor={following}>; rel="next"'})


@app.get("/tocos/{user}", dependencies=protected)
async def get_tocos(user: str) -> Response:
    found = await store().get(user_name(user))
    if found is None:
        raise user_not_found(user)
    return json(found[0], headers={"ETag": found[1]})


@app.put("/tocos/{user}", dependencies=protected)
async def put_tocos(user: str, balance: Balance) -> Response:
    tag, is_new = await store().put(user_name(user), balance.tocos)
    headers = {"ETag": tag} | ({"Location": f"/tocos/{user}"} if is_new else {})
    return json({"user": user, "tocos": balance.tocos}, 201 if is_new else 200, headers)


@app.post("/transfers", dependencies=protected)
async def create_transfer(new: NewTransfer) -> Response:
    if new.giver == new.receiver:
        raise invalid("to: must be another user")
    transfer = await store().transfer(new.giver, new.receiver, new.amount, new.note)
    return json(transfer, 201, {"Location": f"/transfers/{transfer['id']}"})


@app.exception_handler(Refused)
async def refused(request: Request, error: Refused) -> Response:
    headers = dict([CHALLENGE]) if error.status == 401 else None
    return Response(error.document(request.state.request_id), error.status, headers, PROBLEM_JSON)


@app.exception_handler(RequestValidationError)
async def not_valid(request: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    is_out_of_bounds = first["type"] in {"greater_than_equal", "less_than_equal", "string_pattern_mismatch", "string_too_long"}
    detail = f"{first['loc'][-1]}: {first['msg']}"
    return await refused(request, invalid(detail) if is_out_of_bounds else malformed(detail))


@app.exception_handler(HTTPException)
async def unmatched(request: Request, error: HTTPException) -> Response:
    known = {404: NOT_FOUND, 405: METHOD_NOT_ALLOWED}.get(error.status_code, INTERNAL)
    return await refused(request, Refused(*known))
