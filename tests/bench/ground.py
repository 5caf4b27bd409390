"""Where the measurements stand: throw-away servers with the settings of `make run`, so that a commit is really kept."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg

from config.stack.data import ROOT
from config.stack.scratch import running, scratch_folder
from config.stack.servers import MODEST, Postgres, Valkey

# Every row tells when its transaction was committed: the only honest end of "from the deadline to the alert".
SETTINGS = MODEST | {"track_commit_timestamp": "on"}
EMPTY = "migrated"  # the database that others are copied from


class Ground:
    """PostgreSQL, which may be started anew between two measurements, and Valkey."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.postgres = Postgres(folder, settings=SETTINGS, sockets=folder / "s")
        self.valkey = Valkey(folder)
        self._postgres_runs = ExitStack()
        self._serves = ""

    def environment(self, database: str, *, role: str = "") -> dict[str, str]:
        """For a process that works on `database` as `role` (empty: its owner)."""
        given = {name: value for name, value in os.environ.items() if name not in ("DJANGO_SETTINGS_MODULE", "DEMO")}
        return given | {
            "DATABASE_URL": self.url(database),
            "REDIS_URL": self.valkey.url,
            "DESK_DATA": str(self.folder / "desk"),
            "DESK_DB_ROLE": role,
            "DEMO": "0",
            "SECRET_KEY": "kept-for-the-length-of-a-measurement-and-known-to-everybody",
            "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }

    def url(self, database: str) -> str:
        return self.postgres.url.replace("@/desk?", f"@/{database}?")

    def start_postgres(self) -> None:
        self._postgres_runs.enter_context(running(self.postgres, log=self.log))

    def stop_postgres(self) -> None:
        self._postgres_runs.close()

    def cool_down(self) -> None:
        """PostgreSQL starts with nothing in its memory, nor its files in the system's."""
        self.stop_postgres()
        for file in self.postgres.folder.glob("base/*/*"):
            with suppress(OSError), file.open("rb") as one:
                os.posix_fadvise(one.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        self.start_postgres()

    def prepare(self) -> None:
        self.postgres.create_database()
        self._run(f"CREATE DATABASE {EMPTY}")
        self.manage(EMPTY, "prepare", "--static")

    def database(self, name: str, *, source: str = EMPTY) -> None:
        """A copy of `source`; one of that name is dropped before."""
        self.drop(name)
        self._run(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY FILE_COPY")
        # The grants of the roles belong to the database and come along.

    def drop(self, name: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def manage(self, database: str, *arguments: str, role: str = "") -> str:
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        environment = self.environment(database, role=role)
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment).stdout

    def bytes_used(self) -> int:
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]  a name of ours


@contextmanager
def ground() -> Iterator[Ground]:
    with scratch_folder() as folder:
        one = Ground(folder)
        (folder / "desk").mkdir()
        with running(one.valkey, log=one.log):
            one.start_postgres()
            try:
                one.prepare()
                yield one
            finally:
                one.stop_postgres()
