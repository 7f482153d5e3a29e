"""Sends single requests, outside the measurements."""

import itertools
import json
import random
import socket
from dataclasses import dataclass
from http.client import HTTPConnection

_PATIENCE = 10


@dataclass(frozen=True)
class Answer:
    """The response to a request."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self):
        """Returns the parsed body, or its text if it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body.decode(errors="replace")


def ask(port: int, method: str, path: str, headers: dict[str, str] | None = None, body=None) -> Answer:
    """Sends a request over a new connection."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        headers = dict(headers or {})
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read())
    finally:
        connection.close()


def is_up(port: int) -> bool:
    """Whether the server answers `GET /health` with 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as stream:
            stream.sendall(b"GET /health HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
            return stream.recv(64).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False


# Below Linux's ephemeral ports (32768 and up), so that no connection of a generator takes one meanwhile.
_PORTS = range(20000, 32000)
_next_ports = itertools.cycle(random.sample(_PORTS, len(_PORTS)))


def free_port() -> int:
    """Returns a port that is not in use."""
    for port in itertools.islice(_next_ports, len(_PORTS)):
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")
