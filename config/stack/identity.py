"""Who PostgreSQL runs as: it refuses root, so root lends it another identity."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from config.stack.errors import StackError

NOBODY = 65534


@dataclass(frozen=True)
class Identity:
    """`owner` is the uid the data must belong to, `user` the uid to become (None: stay), `prefix` goes before argv."""

    owner: int
    user: int | None = None
    prefix: tuple[str, ...] = ()

    def take_over(self, folder: Path) -> None:
        """Make `folder` and all in it the owner's; does nothing when it already is."""
        if folder.stat().st_uid == self.owner:
            return
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, self.owner, self.owner, follow_symlinks=False)


def reachable_by_others(path: Path) -> bool:
    """Can another user walk to `path`? Looks at the folders above it."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def choose(paths: Iterable[Path]) -> Identity:
    """An identity that can reach all of `paths` (the data's folder, the binaries)."""
    if os.geteuid() != 0:
        return Identity(owner=os.geteuid())
    if all(reachable_by_others(path) for path in paths):
        try:
            uid = pwd.getpwnam("nobody").pw_uid
        except KeyError:
            pass  # a very small image without the user: try the user namespace
        else:
            return Identity(owner=uid, user=uid)
    unshare = shutil.which("unshare")
    if unshare is not None:
        # Inside the namespace root is called nobody, so PostgreSQL starts; outside it is still root and may enter.
        prefix = (unshare, "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
        if subprocess.run([*prefix, "true"], capture_output=True).returncode == 0:
            return Identity(owner=0, prefix=prefix)
    raise StackError(
        "PostgreSQL refuses to run as root, and no other identity can be lent to it here: 'nobody' cannot reach "
        f"{', '.join(map(str, paths))} and user namespaces are not allowed. Run as an ordinary user, or name a server: "
        "DATABASE_URL=postgres://user:password@host/name"
    )
