"""Middleware for every request, in plain ASGI: Starlette's BaseHTTPMiddleware would start a task for each."""

import logging
import time

from common import telemetry
from common.problems import INTERNAL, PROBLEM_JSON, Refused
from starlette.responses import Response


class Envelope:
    """Gives requests an id, counts and logs them, and sets the headers of every response."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request = telemetry.request_id(given.decode("latin-1"))
        state = scope.setdefault("state", {})
        state["request_id"] = request
        status, size = 500, 0

        async def send_on(message):
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message["headers"]
                size = next((int(value) for name, value in headers if name == b"content-length"), 0)
                headers.append((b"x-request-id", request.encode()))
                headers.append((b"x-content-type-options", b"nosniff"))
                headers.append((b"cache-control", b"no-store"))
            await send(message)

        try:
            await self.app(scope, receive, send_on)
        except Exception:
            logging.exception("request %s", request)
            document = Refused(*INTERNAL).document(request)
            await Response(document, 500, media_type=PROBLEM_JSON)(scope, receive, send_on)
        route = scope.get("route")
        telemetry.account(
            request=request,
            method=scope["method"],
            endpoint=getattr(route, "path", "unmatched"),
            path=scope["path"],
            status=status,
            began=began,
            size=size,
            key=state.get("key"),
        )
