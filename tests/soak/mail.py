"""A mail server that writes down what it took, and can be told to refuse or to hang."""

import socketserver
import time
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from pathlib import Path
from threading import Event, Thread

from tests.soak.journal import Lines

TAKING, REFUSING, HANGING = "taking", "refusing", "hanging"
LONGEST_HANG = 30.0  # seconds


class Session(socketserver.StreamRequestHandler):
    timeout = 30

    def handle(self) -> None:
        with suppress(OSError):  # who is killed says no goodbye
            self.talk()

    def talk(self) -> None:
        if self.server.mode == REFUSING:
            self.wfile.write(b"421 4.3.2 too busy, come back\r\n")
            return
        self.wfile.write(b"220 sink\r\n")
        while line := self.rfile.readline():
            verb = line.split()[0].upper() if line.split() else b""
            if verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            if verb == b"DATA":
                self.take()
            else:
                self.wfile.write(b"250 ok\r\n")

    def take(self) -> None:
        self.wfile.write(b"354 go on\r\n")
        parts = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:  # cut off in the middle: nothing was taken
                return
            parts.append(line)
        mail = message_from_bytes(b"".join(parts), policy=policy.default)
        self.server.taken.add(
            at=time.time(), message_id=mail["Message-ID"], delivery=mail["X-Desk-Delivery"], mode=self.server.mode
        )
        if self.server.mode == HANGING:  # taken, but never said: who sent it must send it again under the same id
            self.server.released.wait(LONGEST_HANG)
            return
        self.wfile.write(b"250 taken\r\n")


class Sink(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    taken: Lines
    mode = TAKING
    released = Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def become(self, mode: str) -> None:
        self.mode = mode
        if mode == HANGING:
            self.released.clear()
        else:
            self.released.set()


@contextmanager
def sink(path: Path):
    with Sink(("127.0.0.1", 0), Session) as server:
        server.taken = Lines(path)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
            server.taken.close()
