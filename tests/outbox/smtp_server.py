"""A mail server that takes, greylists or refuses, by the local part of the recipient; for tests of the mail channel."""

import socketserver
import time
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from threading import Thread

ANSWERS = {
    "full": b"452 4.2.2 mailbox full, come back\r\n",
    "gone": b"550 5.1.1 no such mailbox\r\n",
}


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        with suppress(ConnectionError):  # a worker that is killed says no goodbye
            self.talk()

    def talk(self):
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            verb = line.split()[0].upper() if line.split() else b""
            if verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            if verb == b"DATA":
                self.take()
            elif verb == b"RCPT":
                local = line.split(b"<")[1].split(b"@")[0].decode()
                self.wfile.write(ANSWERS.get(local, b"250 ok\r\n"))
            else:
                self.wfile.write(b"250 ok\r\n")

    def take(self):
        self.wfile.write(b"354 go on\r\n")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        raw = b"".join(lines)
        if b"spam" in raw:
            self.wfile.write(b"554 5.7.1 looks like spam\r\n")
            return
        time.sleep(self.server.takes)
        self.server.taken.append(message_from_bytes(raw, policy=policy.default))
        self.wfile.write(b"250 taken\r\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def smtp_server(takes=0.0):
    """`.port` and `.taken`, the messages in the order of their coming; `takes` seconds to swallow one."""
    with Server(("127.0.0.1", 0), Session) as server:
        server.taken = []
        server.takes = takes
        server.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
