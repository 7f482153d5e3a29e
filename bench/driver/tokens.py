"""Issues a bearer token (RFC 7519, RS256), with the settings that make the API accept it."""

import base64
import json
import subprocess
import tempfile
import time
from pathlib import Path

_ISSUER = "https://issuer.example"
_AUDIENCE = "bench"
# In seconds; longer than any run.
_LIFETIME = 24 * 3600
_EXPONENT = 65537


def issue() -> tuple[str, dict[str, str]]:
    """Signs a token with a new key. Returns it, and the environment variables that make the API accept it."""
    with tempfile.TemporaryDirectory() as directory:
        key = Path(directory) / "key.pem"
        key.write_bytes(_openssl("genrsa", "2048"))
        modulus = _openssl("rsa", "-in", str(key), "-noout", "-modulus").decode().strip().partition("=")[2]
        now = int(time.time())
        claims = {"iss": _ISSUER, "aud": _AUDIENCE, "sub": "bench", "iat": now, "exp": now + _LIFETIME}
        signed = ".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": "1"}, claims))
        signature = _openssl("dgst", "-sha256", "-sign", str(key), stdin=signed.encode())
    public = {"kty": "RSA", "kid": "1", "alg": "RS256", "use": "sig"}
    public |= {"n": _encoded(bytes.fromhex(modulus)), "e": _encoded(_EXPONENT.to_bytes(3))}
    settings = {
        "SPIN_VARIABLE_AUTH": "jwt",
        "SPIN_VARIABLE_JWT_ISSUER": _ISSUER,
        "SPIN_VARIABLE_JWT_AUDIENCE": _AUDIENCE,
        "SPIN_VARIABLE_JWT_JWKS": json.dumps({"keys": [public]}),
    }
    return f"{signed}.{_encoded(signature)}", settings


def _openssl(*arguments: str, stdin: bytes | None = None) -> bytes:
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
