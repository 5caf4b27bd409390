"""Whether two forms hold the same: their fields and the bytes of their files."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any


def fingerprint_of(fields: Mapping[str, list[str]], files: Iterable[tuple[str, list[Any]]]) -> str:
    """SHA-256. The files are read, and wound back for who reads them next."""
    digest = hashlib.sha256()
    digest.update(repr(sorted(fields.items())).encode("utf-8", "backslashreplace"))
    for name, uploads in sorted(files):
        for upload in uploads:
            digest.update(repr((name, upload.name, upload.size)).encode("utf-8", "backslashreplace"))
            for chunk in upload.chunks():
                digest.update(chunk)
            upload.seek(0)
    return digest.hexdigest()
