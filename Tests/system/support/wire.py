"""A TCP proxy between the program and PostgreSQL, to cut, and to slip in what a pooler would."""

import socket
import struct
import threading


class Wire:
    """Listens on `port` and passes on to the server; without TLS, so that messages can be told apart."""

    def __init__(self, target: tuple[str, int]):
        self.target = target
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.refusing = False
        self.pairs: list["Pair"] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            if self.refusing:
                client.close()
                continue
            try:
                self.pairs.append(Pair(client, socket.create_connection(self.target)))
            except OSError:
                client.close()

    def sessions(self, application: str) -> list["Pair"]:
        return [p for p in self.pairs if p.alive and application.encode() in p.startup]

    def cut(self, after_bytes: int = 0) -> None:
        """Every connection breaks, each after so many more bytes from the server."""
        for pair in self.pairs:
            pair.cut(after_bytes)

    def close(self) -> None:
        self.server.close()
        self.cut()


class Pair:
    def __init__(self, client: socket.socket, server: socket.socket):
        self.client, self.server = client, server
        self.startup = b""
        self.alive = True
        self.left: int | None = None
        self.swallow = 0
        threading.Thread(target=self._up, daemon=True).start()
        threading.Thread(target=self._down, daemon=True).start()

    def _up(self) -> None:
        try:
            while data := self.client.recv(65536):
                self.startup = self.startup or data
                self.server.sendall(data)
        except OSError:
            pass
        self.cut()

    def _down(self) -> None:
        try:
            while data := self.server.recv(65536):
                data = self._without_answer(data)
                if self.left is not None:
                    data, self.left = data[:self.left], self.left - len(data)
                self.client.sendall(data)
                if self.left is not None and self.left <= 0:
                    break
        except OSError:
            pass
        self.cut()

    def slip_in(self, sql: str) -> None:
        """Runs a statement in this idle session, of which the program does not hear."""
        self.swallow = 2
        body = sql.encode() + b"\0"
        self.server.sendall(b"Q" + struct.pack("!I", len(body) + 4) + body)

    def _without_answer(self, data: bytes) -> bytes:
        while self.swallow and data:
            # CommandComplete, then ReadyForQuery.
            data = data[struct.unpack("!I", data[1:5])[0] + 1:]
            self.swallow -= 1
        return data

    def cut(self, after_bytes: int = 0) -> None:
        if after_bytes:
            self.left = after_bytes
            return
        self.alive = False
        for end in (self.client, self.server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()
