"""Where the measurements stand: throw-away servers with the settings of `make run`, so that a commit is really kept."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg

from config.stack.data import ROOT, held
from config.stack.scratch import running, scratch_folder
from config.stack.servers import MODEST, Postgres, Valkey

# Every row tells when its transaction was committed: the only honest end of "from the deadline to the alert".
SETTINGS = MODEST | {"track_commit_timestamp": "on"}
EMPTY = "migrated"  # the database that others are copied from
WHOLE = "whole"  # said of a database whose cases are all written
KEPT = "BENCH_DATA"  # folder whose servers and databases of cases outlive the run


class Ground:
    """PostgreSQL, which may be started anew between two measurements, and Valkey."""

    def __init__(self, folder: Path, *, sockets: Path | None = None, keeps: bool = False) -> None:
        self.folder = folder
        self.keeps = keeps
        self.log = folder / "log"
        self.postgres = Postgres(folder, settings=SETTINGS, sockets=sockets)
        self.valkey = Valkey(folder)
        self._postgres_runs = ExitStack()
        self._empty_is_new = False

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

    def database(self, name: str) -> None:
        """An empty desk; one of that name is dropped before."""
        if not self._empty_is_new:
            self.drop(EMPTY)
            self._run(f"CREATE DATABASE {EMPTY}")
            self.manage(EMPTY, "prepare", "--static")
            self._empty_is_new = True
        self.drop(name)
        self._run(f"CREATE DATABASE {name} TEMPLATE {EMPTY} STRATEGY FILE_COPY")
        # The grants of the roles belong to the database and come along.

    def cases(self, name: str, *, wanted: int) -> None:
        """The database of so many cases. One that was kept gets the migrations that it lacks."""
        standing = self._standing(name)
        if standing is None:
            self.database(name)
        else:
            self.manage(name, "prepare", "--static")
        if standing != WHOLE:
            self.manage(name, "seed_bulk", "--cases", str(wanted))
            self.settled(name)

    def settled(self, name: str) -> None:
        """As the server's own nights leave it: what autovacuum would do while something is measured is done."""
        self._run("VACUUM (ANALYZE)", on=name)
        self._run(f"COMMENT ON DATABASE {name} IS '{WHOLE}'")

    def drop(self, name: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def manage(self, database: str, *arguments: str, role: str = "") -> str:
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        environment = self.environment(database, role=role)
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment).stdout

    def bytes_used(self) -> int:
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())

    def _standing(self, name: str) -> str | None:
        """None: there is none of that name. WHOLE: all its cases are written."""
        told = "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = %s"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            found = connection.execute(told, [name]).fetchone()
        return None if found is None else str(found[0])

    def _run(self, statement: str, *, on: str = "postgres") -> None:
        with psycopg.connect(self.url(on), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]  a name of ours


@contextmanager
def ground() -> Iterator[Ground]:
    """In a folder that goes when the block ends or, where BENCH_DATA names one, in that, which stays."""
    with ExitStack() as stack:
        if kept := os.environ.get(KEPT):
            folder = Path(kept).resolve()
            stack.enter_context(held(folder))
            one = Ground(folder, keeps=True)
        else:
            folder = stack.enter_context(scratch_folder())
            one = Ground(folder, sockets=folder / "s")
        (folder / "desk").mkdir(exist_ok=True)
        with running(one.valkey, log=one.log):
            one.start_postgres()
            try:
                one.postgres.create_database()
                yield one
            finally:
                one.stop_postgres()
