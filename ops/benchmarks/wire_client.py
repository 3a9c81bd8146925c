"""The least that a client can do: the requests that a run sent, again, over kept connections, with as many in flight. What it takes is the limit."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
import uuid
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote, urlsplit

from google.auth.transport.requests import Request
from google.oauth2 import service_account
from office import Office


def logins(office: Office) -> dict[str, str]:
    """A bearer token for each system, got as a stranger to the product would."""
    variables = dict(line.split("=", 1) for line in office.env_file.read_text().splitlines() if "=" in line)
    account = service_account.Credentials.from_service_account_file(office.service_account, scopes=["https://www.googleapis.com/auth/calendar"])
    account.refresh(Request(office.session))
    nonce, stamp = str(uuid.uuid4()), datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    product, app = int(variables["ADVOWARE_PRODUCT_ID"]), variables["ADVOWARE_APP_ID"]
    signature = hmac.digest(base64.b64decode(variables["ADVOWARE_API_KEY"]), f"{product}:{app}:{nonce}:{stamp}".encode(), hashlib.sha512)
    answer = office.session.post(variables["ADVOWARE_AUTH_URL"], timeout=30, json={
        "AppID": app, "Kanzlei": variables["ADVOWARE_KANZLEI"], "Database": variables["ADVOWARE_DATABASE"], "User": variables["ADVOWARE_USER"],
        "Role": int(variables["ADVOWARE_ROLE"]), "Product": product, "Password": variables["ADVOWARE_PASSWORD"], "Nonce": nonce,
        "HMAC512Signature": base64.b64encode(signature).decode(), "RequestTimeStamp": stamp})
    assert answer.ok, answer.text
    return {"advoware": answer.json()["access_token"], "google": account.token}


class Connection:
    """One kept connection: bytes out, the whole answer in."""

    def __init__(self, url: str):
        self.host = urlsplit(url).netloc
        self.socket = socket.create_connection((urlsplit(url).hostname, urlsplit(url).port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray(1 << 16)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body."""
        self.socket.sendall(request)
        have, head_ends = 0, -1
        while head_ends < 0:
            have += self._receive(have)
            head_ends = self.buffer.find(b"\r\n\r\n", 0, have)
        body = head_ends + 4
        head = bytes(self.buffer[:body]).lower()
        at = head.find(b"content-length:")
        end = body + (int(head[at + 15:head.index(b"\r", at)]) if at >= 0 else 0)
        while have < end:
            have += self._receive(have, end)
        return int(head[9:12]), bytes(memoryview(self.buffer)[body:end])

    def _receive(self, have: int, end: int = 0) -> int:
        if len(self.buffer) < max(end, have + 1):
            self.buffer.extend(bytes(max(end, 2 * len(self.buffer)) - len(self.buffer)))
        got = self.socket.recv_into(memoryview(self.buffer)[have:])
        if not got:
            raise ConnectionError("the simulator closed a kept connection")
        return got

    def close(self) -> None:
        self.socket.close()


def wire(request: dict, host: str, tokens: dict[str, str]) -> bytes:
    """The bytes of a request of the simulator's log. Without If-Match: the etags of that run are gone, the work is the same."""
    path = quote(request["path"], safe="/@:")
    pairs = [(name, value) for name, values in request["query"].items() for value in (values if isinstance(values, list) else [values])]
    if pairs:
        path += "?" + "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    body = b"" if request["body"] is None else json.dumps(request["body"], ensure_ascii=False, separators=(",", ":")).encode()
    head = f"{request['method']} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {tokens[request['system']]}\r\nAccept: application/json\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return (head + "\r\n").encode() + body


def replay(office: Office, asked: list[dict], concurrency: dict[str, int]) -> tuple[float, int]:
    """Sends these requests, those of each system in their order over so many connections.

    Returns the seconds that it took, and how many answers had another status than in the run.
    """
    tokens = logins(office)
    host = urlsplit(office.url).netloc
    lanes: list[tuple[Connection, object]] = []
    for system, count in concurrency.items():
        ready = iter([(wire(r, host, tokens), r["status"]) for r in asked if r["system"] == system])
        lanes += [(Connection(office.url), ready) for _ in range(count)]
    others: list[int] = []
    failures: list[Exception] = []
    turn = threading.Lock()

    def work(connection: Connection, ready) -> None:
        try:
            while True:
                with turn:
                    request, expected = next(ready, (None, 0))
                if request is None:
                    return
                status, _ = connection.ask(request)
                if status != expected:
                    others.append(status)
        except Exception as error:  # told below: a thread's own would be lost
            failures.append(error)

    threads = [threading.Thread(target=work, args=lane) for lane in lanes]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    for connection, _ in lanes:
        connection.close()
    if failures:
        raise failures[0]
    return took, len(others)


def one_after_the_other(office: Office, asked: list[dict]) -> float:
    """The same over one connection for both systems: how the seed's program works."""
    tokens, connection = logins(office), Connection(office.url)
    ready = [wire(r, connection.host, tokens) for r in asked]
    began = time.perf_counter()
    for request in ready:
        connection.ask(request)
    took = time.perf_counter() - began
    connection.close()
    return took


def answers(office: Office, asked: list[dict], directory: Path) -> list[Path]:
    """What these requests are answered, a file each."""
    tokens, connection = logins(office), Connection(office.url)
    files = []
    for n, request in enumerate(asked):
        status, body = connection.ask(wire(request, connection.host, tokens))
        assert status == 200, status
        files.append(directory / f"answer_{n}.json")
        files[-1].write_bytes(body)
    connection.close()
    return files
