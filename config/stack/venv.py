"""Make or bring up to date the virtual environment: `python3 config/stack/venv.py base|dev`.

Runs before anything is installed: standard library only, and nothing of this project imported. `dev` adds what tests
and checks need to what is there; a running desk does not notice. Several at once wait for each other.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"base": ROOT / "requirements" / "base.txt", "dev": ROOT / "requirements" / "dev.txt"}  # dev contains base
INSTALLER = ROOT / "requirements" / "uv.txt"
OLDEST, NEWEST = (3, 11), (3, 13)


def suitable_interpreter() -> str:
    """python3 when its version fits, otherwise the newest fitting one on the PATH."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            return found
    sys.exit(f"desk: needs Python 3.11 to 3.13; python3 is {sys.version.split()[0]} and no other was found")


def answers(*argv: str) -> bool:
    try:
        return subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def make_environment() -> None:
    if answers(str(PYTHON), "-m", "pip", "--version"):
        return
    interpreter = suitable_interpreter()
    if not answers(interpreter, "-c", "import venv, ensurepip"):
        install_venv_module(interpreter)
    shutil.rmtree(VENV, ignore_errors=True)  # half an environment, or one whose Python has gone
    print(f"desk: making {VENV.name} with {interpreter}", flush=True)
    made = subprocess.run([interpreter, "-m", "venv", str(VENV)])
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit("desk: the virtual environment could not be made")


def install_venv_module(interpreter: str) -> None:
    package = f"{Path(interpreter).resolve().name}-venv"  # python3.11 -> python3.11-venv
    line = f"apt-get update && apt-get install -y --no-install-recommends {package}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit(f"desk: {interpreter} cannot make virtual environments. As root: {line}")
    print(f"desk: installing {package}", flush=True)
    if subprocess.run(["/bin/sh", "-c", line], stdout=subprocess.DEVNULL).returncode != 0:
        sys.exit(f"desk: {package} could not be installed; this was tried: {line}")


def install(level: str) -> None:
    stamp = VENV / f"desk-{level}.stamp"
    wanted = hashlib.sha256(LOCKS[level].read_bytes() + INSTALLER.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"desk: installing {LOCKS[level].relative_to(ROOT)}", flush=True)
    pip = [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--root-user-action=ignore"]
    subprocess.run([*pip, "--require-hashes", "-r", str(INSTALLER)], check=True)
    # --no-config: what this machine's user prefers for other projects is not ours.
    uv = [str(VENV / "bin" / "uv"), "--no-config", "--quiet", *([] if cache_is_writable() else ["--no-cache"])]
    quick = [*uv, "pip", "install", "--python", str(PYTHON), "--require-hashes", "-r", str(LOCKS[level])]
    if subprocess.run(quick).returncode != 0:
        print("desk: uv could not install; pip tries, with this machine's own settings", flush=True)
        subprocess.run([*pip, "--require-hashes", "-r", str(LOCKS[level])], check=True)
    stamp.write_text(wanted)


def cache_is_writable() -> bool:
    """uv keeps its cache at home; there may be no home, or one that is not ours."""
    home = Path(os.environ.get("HOME") or "/nonexistent")
    return "UV_CACHE_DIR" in os.environ or os.access(home, os.W_OK)


def main(level: str) -> None:
    with INSTALLER.open() as lock:  # any file that is there in every checkout will do
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_environment()
        install(level)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except subprocess.CalledProcessError as failure:
        sys.exit(f"desk: this failed: {' '.join(failure.cmd)}")
