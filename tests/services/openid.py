"""A log-in service: OpenID Connect with a real key, and ORCID its own way, for one person who is signed in there."""

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "the-portal", "a secret of the portal"


@dataclass
class LoginService:
    """Who is signed in there, and how it misbehaves.

    person : the claims of the person, ``sub`` among them.
    userinfo_sub : whom the user info speaks of, when not of the same person.
    orcid : the ORCID iD and the e-mail addresses of its public record.
    hosts : under which names its pages lie, each sending the browser to the next; without any, under the issuer's.
    """

    person: dict[str, Any] = field(default_factory=lambda: {"sub": "42"})
    userinfo_sub: str = ""
    orcid: tuple[str, list[str]] = ("0000-0002-1825-0097", [])
    hosts: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)  # what a careful service would refuse, and this one did

    def __post_init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        handler = type("Handler", (_Handler,), {"service": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def stop(self) -> None:
        self.server.shutdown()
        self._thread.join(timeout=30)
        self.server.server_close()

    def _at(self, host: str = "127.0.0.1") -> str:
        return self.issuer.replace("127.0.0.1", host)

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self._at(*self.hosts[:1])}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [public | {"kid": "one", "use": "sig", "alg": "RS256"}]}

    def send(self, query: str, host: str) -> str:
        """Where the page under ``host`` sends the browser: to the next host, or back to the portal."""
        later = self.hosts[self.hosts.index(host) + 1 :] if host in self.hosts else []
        return f"{self._at(later[0])}/authorize?{query}" if later else self.authorize(_flat(query))

    def authorize(self, asked: dict[str, str]) -> str:
        """The person says yes: the address to come back to, with a code that works once."""
        if asked.get("client_id") != CLIENT or asked.get("response_type") != "code":
            self.wrong.append(f"asked {asked}")
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked.get('state', '')})}"

    def redeem(self, given: dict[str, str]) -> dict[str, Any] | None:
        asked = self.codes.pop(given.get("code", ""), None)
        if asked is None or given.get("client_secret") != SECRET or given["redirect_uri"] != asked["redirect_uri"]:
            return None
        if challenge := asked.get("code_challenge"):
            digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
            if base64.urlsafe_b64encode(digest).decode().rstrip("=") != challenge:
                return None
        token = secrets.token_urlsafe(16)
        self.tokens.add(token)
        return {"access_token": token, "token_type": "Bearer", "id_token": self._signed(), "orcid": self.orcid[0]}

    def userinfo(self) -> dict[str, Any]:
        return self.person | ({"sub": self.userinfo_sub} if self.userinfo_sub else {})

    def record(self) -> dict[str, Any]:
        """The public record of ORCID, as far as the portal reads it."""
        number, addresses = self.orcid
        name = {"given-names": {"value": "Josiah"}, "family-name": {"value": "Carberry"}}
        emails = {"email": [{"email": address, "verified": True} for address in addresses]}
        return {"orcid-identifier": {"path": number}, "person": {"name": name, "emails": emails}}

    def _signed(self) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, **self.person}
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "one"})


class _Handler(BaseHTTPRequestHandler):
    service: LoginService

    def do_GET(self) -> None:
        own, parts = self.service, urlsplit(self.path)
        if parts.path == "/authorize":
            self._answer(302, {}, Location=own.send(parts.query, self.headers["Host"].partition(":")[0]))
        elif parts.path == "/.well-known/openid-configuration":
            self._answer(200, own.configuration())
        elif parts.path == "/keys":
            self._answer(200, own.keys())
        elif parts.path == f"/v3.0/{own.orcid[0]}/record":
            self._answer(200, own.record())
        elif self.headers.get("Authorization", "").removeprefix("Bearer ") in own.tokens:
            self._answer(200, own.userinfo())
        else:
            self._answer(401, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        answer = self.service.redeem(_flat(body))
        self._answer(200 if answer else 400, answer or {"error": "invalid_grant"})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's names
        """Nothing."""

    def _answer(self, status: int, content: dict[str, Any], **headers: str) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
