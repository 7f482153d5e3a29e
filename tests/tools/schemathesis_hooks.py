"""Refusals that are right although no schema can ask for them, and users for transfers."""

import itertools
import os
import re

import requests
import schemathesis

PROBLEM = "urn:mini-api:problem:"
USER = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}", re.ASCII)
MOST_TOCOS = 2**53 - 1
ENTITY_TAGS = re.compile(r'\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*', re.ASCII)
CONDITIONS = {"if-match", "if-none-match"}
# The document's example, which most requests are made with.
IDEMPOTENCY_KEY = "b6e2f0ce-lunch"

calls = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes every second transfer possible: its users are there, and its key is a new one."""
    if case.operation.label != "POST /transfers":
        return
    call = next(calls)
    if isinstance(case.body, dict) and call % 2 == 0:
        if case.headers.get("Idempotency-Key") == IDEMPOTENCY_KEY:
            case.headers["Idempotency-Key"] = f"{IDEMPOTENCY_KEY}-{call}"
        for field, tocos in (("from", MOST_TOCOS), ("to", 0)):
            user = case.body.get(field)
            if isinstance(user, str) and USER.fullmatch(user):
                url = f"{os.environ['API_URL']}/tocos/{user}"
                requests.put(url, json={"tocos": tocos}, headers={"X-API-KEY": os.environ["API_KEY"]}, timeout=10)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    # Spin answers these with 500 itself, before the API has them.
    if response.status_code == 500 and not response.content and any(map(is_not_utf8, response.request.headers.values())):
        return False
    return failure.code != "ST202" or not is_refused_rightly(case, response)


def is_refused_rightly(case, response):
    """Whether a request that fits its schema is refused for what the schema can't say."""
    problem = response.json()
    slug = problem["type"].removeprefix(PROBLEM)
    if slug in ("precondition-failed", "idempotency-key-reused"):
        # They are about what was there before.
        return True
    fields = {error["field"] for error in problem.get("errors", [])}
    body = case.body if isinstance(case.body, dict) else {}
    # A cursor is opaque, so that only the API can tell one of its own.
    if slug == "malformed-request" and fields == {"cursor"}:
        return True
    # Schemathesis 4.32 sends `0` as a valid value of these headers, although their pattern excludes it.
    if slug == "malformed-request" and fields <= CONDITIONS:
        return not all(ENTITY_TAGS.fullmatch(case.headers[field]) for field in fields)
    # No two fields of a body can be compared.
    if slug == "invalid-value" and fields == {"to"}:
        return body["from"] == body["to"]
    return False


def is_not_utf8(value):
    value = value if isinstance(value, bytes) else value.encode("latin-1")
    try:
        value.decode()
    except UnicodeDecodeError:
        return True
    return False
