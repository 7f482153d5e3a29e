"""Ids, entity tags and transfers."""

import os
import time
from datetime import UTC, datetime

from .problems import Refused
from .statements import MAX_TOCOS


def uuid7() -> str:
    """Returns a UUID of version 7, which sorts by time."""
    number = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    number = number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def timestamp(seconds: float) -> str:
    """Formats seconds since 1970 as RFC 3339 in UTC, with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_incarnation() -> int:
    """Returns a random number for the tag of a user who may be new."""
    return int.from_bytes(os.urandom(8)) >> 1


def tag(incarnation: int, revision: int) -> str:
    """Returns the entity tag of a user's state."""
    return f'"{incarnation:x}.{revision}"'


def check_balances(balances: dict[str, int], giver: str, receiver: str, amount: int) -> None:
    """Raises `Refused` if a user is missing or a balance would be out of bounds."""
    for user in (giver, receiver):
        if user not in balances:
            raise Refused(404, "user-not-found", "No such user", f"The user '{user}' does not exist.")
    if balances[giver] < amount:
        detail = f"The user '{giver}' has fewer tocos than the amount."
        raise Refused(409, "not-enough-tocos", "Not enough tocos", detail)
    if balances[receiver] > MAX_TOCOS - amount:
        detail = f"The user '{receiver}' would have more than {MAX_TOCOS} tocos."
        raise Refused(409, "too-many-tocos", "Too many tocos", detail)


def new_transfer(giver: str, receiver: str, amount: int, note: str | None) -> tuple[dict, dict]:
    """Returns a new transfer twice: as the row of the table, and as the body of the response."""
    now = time.time_ns() // 1_000_000
    identifier = uuid7()
    row = {
        "id": identifier, "from_user": giver, "to_user": receiver,
        "amount": amount, "note": note, "created_at": now,
    }  # fmt: skip
    answer = {
        "id": identifier, "from": giver, "to": receiver,
        "amount": amount, "note": note, "created_at": timestamp(now / 1000),
    }  # fmt: skip
    return row, answer
