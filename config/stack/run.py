"""`make run`: a living desk in one terminal. Its variables are in the README and in `make help`."""

import os
import shutil
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Collection, Mapping
from pathlib import Path

from config.stack.assets import need_gathering, note_gathered
from config.stack.data import ADDRESSES, MARK, ROOT, data_folder, held, port_holder
from config.stack.errors import StackError
from config.stack.greeting import greet
from config.stack.processes import spawn
from config.stack.servers import Postgres, Valkey, secret_file, socket_folder
from config.stack.supervisor import Part, Supervisor, say

BIN = Path(sys.executable).parent
WEB_THREADS = 64  # each may hold a caller who stops in the middle of a body; made when needed, gone when idle
WEB_CONNECTIONS = WORKER_THREADS = 4
MANAGE = [sys.executable, str(ROOT / "manage.py")]


def main() -> int:
    supervisor = Supervisor()
    supervisor.listen()
    try:
        with held(data_folder()):
            try:
                run(supervisor, data_folder())
            finally:
                supervisor.stop()
                (data_folder() / ADDRESSES).unlink(missing_ok=True)
                shutil.rmtree(socket_folder(data_folder()), ignore_errors=True)
    except StackError as refusal:
        print(f"desk: {refusal}", file=sys.stderr)
        return 1
    say("desk", "stopped")
    return 0


def run(supervisor: Supervisor, data: Path) -> None:
    host, port = address()
    demo = wants_demo()
    env = dict(os.environ) | {MARK: str(data), "DESK_DATA": str(data), "DEMO": "1" if demo else "0"}
    env.setdefault("DESK_URL", f"http://{own_address(host)}:{port}")
    if env.get("DESK_ENV", "development") == "development":
        env |= development_defaults(env, data, host, demo)
    start_servers(supervisor, env, data)
    remember_addresses(env, data)

    gather = need_gathering(ROOT, data)
    prepare = [*MANAGE, "prepare", *(["--static"] if gather else []), *(["--demo"] if demo else [])]
    say("desk", f"preparing{', with demo data: the first time this takes a while' if demo else ''}")
    supervisor.step("prepare", prepare, env)
    if supervisor.asked_to_stop.is_set():
        return
    if gather:
        note_gathered(ROOT, data)
    start_desk(supervisor, env, data, host, port)
    if not supervisor.asked_to_stop.is_set():
        origin = f"http://{own_address(host)}:{port}"
        greet(supervisor, env, MANAGE, origin=origin, demo=demo, tour=demo and has_command("demo_tour"))
    supervisor.run()


def address() -> tuple[str, int]:
    """HOST and PORT, free to use; StackError says who has the port."""
    host = os.environ.get("HOST") or "127.0.0.1"
    raw = os.environ.get("PORT") or "8000"
    if not raw.isdigit() or not 0 < int(raw) < 65536:
        raise StackError(f"PORT must be a number from 1 to 65535, not {raw!r}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(raw)))
        except OSError as refusal:
            if refusal.errno in (98, 48):  # EADDRINUSE on Linux, on macOS
                message = f"port {raw} is taken by {port_holder(int(raw))}. Choose another: PORT=8001 make run"
                raise StackError(message) from None
            raise StackError(f"cannot listen on {host}:{raw}: {refusal.strerror}") from None
    return host, int(raw)


def own_address(host: str) -> str:
    """How this machine itself reaches what listens on `host`, as URLs write it."""
    if host in ("0.0.0.0", "::"):  # noqa: S104  a comparison, nothing is opened
        return "127.0.0.1" if host == "0.0.0.0" else "[::1]"  # noqa: S104
    return f"[{host}]" if ":" in host else host


def wants_demo() -> bool:
    raw = os.environ.get("DEMO", "")
    if raw not in ("", "0", "1", "false", "true"):
        raise StackError(f"DEMO must be 0 or 1, not {raw!r}")
    if os.environ.get("DESK_ENV") == "production":
        if raw in ("1", "true"):
            raise StackError("DESK_ENV=production runs without demo data: unset DEMO")
        return False
    return raw not in ("0", "false")


def development_defaults(env: Mapping[str, str], data: Path, host: str, demo: bool) -> dict[str, str]:
    """What nobody should have to choose on their own machine; what is set stays as it is."""
    defaults = {"SECRET_KEY": secret_file(data / "django.secret")}
    if host in ("0.0.0.0", "::"):  # noqa: S104  asked for by name: reachable under any name of this machine
        defaults["ALLOWED_HOSTS"] = "*"
        say("desk", "open to the network: anyone who reaches this machine reaches the desk")
    elif host not in ("127.0.0.1", "localhost", "::1"):
        defaults["ALLOWED_HOSTS"] = f"localhost,127.0.0.1,[::1],{host}"
    if demo:
        defaults["EMAIL_BACKEND"] = "django.core.mail.backends.dummy.EmailBackend"  # no mail leaves a demo
    return {name: value for name, value in defaults.items() if name not in env}


def start_servers(supervisor: Supervisor, env: dict[str, str], data: Path) -> None:
    """The embedded servers for those that are not named; their addresses go into `env`."""
    if env.get("DESK_ENV") == "production":
        return  # settings say which of DATABASE_URL and REDIS_URL is missing
    parts = []
    postgres = None
    if not env.get("DATABASE_URL"):
        postgres = Postgres(data)
        postgres.prepare()
        parts.append(Part(postgres.name, postgres.start, postgres.stop, postgres.force, postgres.ready))
        env["DATABASE_URL"] = postgres.url
    if not env.get("REDIS_URL"):
        valkey = Valkey(data)
        valkey.prepare()
        parts.append(Part(valkey.name, valkey.start, valkey.stop, ready=valkey.ready))
        env["REDIS_URL"] = valkey.url
    os.environ[MARK] = str(data)  # the servers inherit the mark
    supervisor.start(*parts)
    if postgres is not None and not supervisor.asked_to_stop.is_set():
        postgres.create_database()


def remember_addresses(env: Mapping[str, str], data: Path) -> None:
    """`manage.py` by hand finds the running desk's servers here (config/stack/attach.py)."""
    file = data / ADDRESSES
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DESK_URL", "DEMO", "EMAIL_BACKEND"):
            if name in env:
                out.write(f"{name}={env[name]}\n")


def has_command(name: str) -> bool:
    return any(ROOT.glob(f"*/management/commands/{name}.py"))


def start_desk(
    supervisor: Supervisor,
    env: Mapping[str, str],
    data: Path,
    host: str,
    port: int,
    *,
    only: Collection[str] = ("web", "worker", "beat"),
) -> None:
    metrics = data / "metrics"
    for old in metrics.glob("*.db"):
        old.unlink()
    metrics.mkdir(exist_ok=True)
    requests = {
        "DESK_DB_ROLE": "desk_app",
        "DESK_DB_POOL": str(WEB_CONNECTIONS),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
    }
    system = {
        "DESK_DB_ROLE": "desk_system",
        "DESK_DB_POOL": str(WORKER_THREADS + 1),
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",  # known; ten lines at each start
    }
    celery = [sys.executable, "-m", "celery", "-q", "-A", "config.celery"]
    web = [
        *(str(BIN / "granian"), "--interface", "wsgi", "config.wsgi:application", "--host", host, "--port", str(port)),
        *("--workers", "2", "--blocking-threads", str(WEB_THREADS), "--respawn-failed-workers", "--no-access-log"),
        *("--log-level", "error", "--workers-kill-timeout", "2"),  # at "warning" it advises against so many threads
    ]
    worker = [
        *(*celery, "worker", "-P", "threads", "-c", str(WORKER_THREADS), "-l", "warning"),
        *("--without-gossip", "--without-mingle"),
    ]
    beat = [*celery, "beat", "-l", "warning", "--pidfile", "", "-s", str(data / "beat")]

    origin = f"http://{own_address(host)}:{port}"

    def part(name: str, argv: list[str], extra: dict[str, str], ready: str | None = None) -> Part:
        return Part(
            name,
            lambda out: spawn(argv, env={**env, **extra, "PYTHONUNBUFFERED": "1"}, output=out, cwd=ROOT),
            ready=None if ready is None else lambda: answers(f"{origin}{ready}"),
        )

    parts = [
        part("web", web, requests, ready="/healthz/live"),
        part("worker", worker, system),
        part("beat", beat, system),
    ]
    supervisor.start(*[one for one in parts if one.name in only])


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  http, our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(main())
