"""Problem documents (RFC 9457), with the types and texts of the API."""

import hashlib
import hmac
import os
import re

import orjson

PROBLEM_JSON = "application/problem+json"
CHALLENGE = ("WWW-Authenticate", 'ApiKey realm="mini-api"')

_KEY_DIGEST = hashlib.sha256(os.environ["API_KEY"].encode()).digest()
_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class Refused(Exception):
    """Raised to respond with a problem document."""

    def __init__(self, status: int, slug: str, title: str, detail: str):
        super().__init__(detail)
        self.status = status
        self.slug = slug
        self.title = title

    def document(self, request_id: str) -> bytes:
        """Returns the document as JSON."""
        return orjson.dumps({
            "type": f"urn:mini-api:problem:{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": str(self),
            "request_id": request_id,
        })  # fmt: skip


def authenticate(key: str | None) -> str:
    """Returns the fingerprint of the key, or raises `Refused` if it is missing or wrong."""
    detail = "Send a valid API key in the header X-API-KEY."
    if key is not None:
        digest = hashlib.sha256(key.encode()).digest()
        if hmac.compare_digest(digest, _KEY_DIGEST):
            return digest[:8].hex()
        detail = "The key in the header X-API-KEY is not one of this API's."
    raise Refused(401, "unauthorized", "Not authenticated", detail)


def user_name(name: str) -> str:
    """Returns the name, or raises `Refused` if it is not valid."""
    if _PLAIN.fullmatch(name):
        return name
    raise invalid("user: must be 1 to 64 characters of letters, digits, '.', '_' or '-'")


def invalid(detail: str) -> Refused:
    """Returns the problem for a value that is out of bounds."""
    return Refused(422, "invalid-value", "Invalid value", detail)


def malformed(detail: str) -> Refused:
    """Returns the problem for input that can't be parsed."""
    return Refused(400, "malformed-request", "Malformed request", detail)


def user_not_found(user: str) -> Refused:
    """Returns the problem for a user who doesn't exist."""
    return Refused(404, "user-not-found", "No such user", f"The user '{user}' does not exist.")


NOT_FOUND = (404, "not-found", "No such resource", "No route has this path.")
METHOD_NOT_ALLOWED = (405, "method-not-allowed", "Method not allowed", "The header Allow lists the methods of this path.")
INTERNAL = (500, "internal", "Internal error", "The log has the details under this request's id.")
