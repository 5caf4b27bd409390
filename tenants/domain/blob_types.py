"""What a file is, by its bytes; and which files we don't take, by their bytes or their name.

The name never decides what a file is, only that it is refused: a harmless name proves nothing, a harmful one is enough.
"""

import re
import unicodedata
import zipfile
from pathlib import Path

import puremagic
from django.utils.translation import gettext as _

from config.errors import Invalid

HEAD_SIZE = 8192  # bytes that tell the type
UNKNOWN = "application/octet-stream"
REFUSED_SUFFIXES = frozenset(
    {
        *("exe", "com", "scr", "pif", "cpl", "dll", "ocx", "sys", "msi", "msp", "mst", "msc", "bin", "elf"),  # programs
        *("bat", "cmd", "ps1", "ps1xml", "psc1", "psd1", "psm1", "vb", "vbe", "vbs", "vbscript", "js", "jse", "mjs"),
        *("wsf", "wsh", "sct", "hta", "reg", "rgs", "inf", "ins", "gadget", "lnk", "url", "scf"),  # run by Windows
        *("sh", "bash", "zsh", "ksh", "command", "app", "dmg", "pkg"),  # run by other systems
        *("jar", "war", "jnlp", "apk", "xpi", "xbap"),  # archives that run
    }
)
EXECUTABLE_STARTS = (
    b"MZ",  # Windows, DOS
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",  # Mach-O, both widths and byte orders
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",  # universal Mach-O, Java class
    b"\xca\xfe\xba\xbf",
    b"dex\n",
    b"\x00asm",
    b"L\x00\x00\x00\x01\x14\x02\x00",  # Windows shortcut
    b"!<arch>\n",  # static library, Debian package
    b"\xed\xab\xee\xdb",  # RPM
)
SCRIPT_START = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:#!|@echo\s+(?:off|on)\b|rem\s.*\n\s*@?echo\b)", re.IGNORECASE)
OLE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
INSTALLER_CLASS = bytes.fromhex("84100c0000000000c000000000000046")  # in the root entry of an MSI
PROGRAM_MEMBERS = ("META-INF/MANIFEST.MF", "AndroidManifest.xml", "classes.dex")
# Direction overrides, zero-width and other invisible characters; controls go with them.
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean_name(name: str) -> str:
    """A name for the download: no folders, controls, invisible or direction characters; 200 characters at most."""
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c) not in INVISIBLE)
    tidy = re.sub(r'[<>:"|?*]', "_", " ".join(visible.split())).strip(". ")
    stem, dot, suffix = tidy.rpartition(".")
    if len(tidy) > 200:
        tidy = stem[: 200 - len(suffix) - 1] + dot + suffix if dot and len(suffix) <= 20 else tidy[:200]
    return tidy or "file"


def refuse_by_name(name: str) -> None:
    """Raises Invalid for a name that some system would run, through whatever spelling."""
    plain = unicodedata.normalize("NFKC", name)
    # A NUL, a colon or a separator ends the name for some system: each piece is looked at by itself.
    for piece in re.split(r"[\x00/\\:]", plain):
        visible = "".join(c for c in piece if unicodedata.category(c) not in INVISIBLE)
        suffix = visible.rstrip(". \t").rpartition(".")[2].strip().casefold()
        if suffix in REFUSED_SUFFIXES:
            raise _refusal(_("Files named .%(suffix)s are not taken.") % {"suffix": suffix})


def refuse_by_content(path: Path, head: bytes) -> None:
    """Raises Invalid for a program or a script. Reads the whole of what may hide one (archives, OLE containers)."""
    if head.startswith(EXECUTABLE_STARTS) or SCRIPT_START.match(head):
        raise _refusal(_("This file is a program or a script; these are not taken."))
    if head.startswith(OLE_START) and INSTALLER_CLASS in path.read_bytes():
        raise _refusal(_("This file is an installer; these are not taken."))
    if head.startswith(b"PK") and _holds_program(path):
        raise _refusal(_("This archive is a program (JAR, APK); these are not taken."))


def type_of(head: bytes) -> str:
    """The content type that the first HEAD_SIZE bytes speak of."""
    if _is_text(head) and not head.startswith(b"%PDF"):
        return "text/plain"
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):  # ValueError: an empty file
        return UNKNOWN
    best = matches[0].mime_type if matches else ""
    return best if re.fullmatch(r"[a-z]+/[a-z0-9.+-]{1,100}", best) else UNKNOWN


def _is_text(head: bytes) -> bool:
    for cut in range(4):  # the head may end inside a character
        try:
            text = head[: len(head) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return not any(unicodedata.category(c) == "Cc" and c not in "\t\n\r\f\x1b" for c in text)
    return False


def _holds_program(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False  # a broken archive runs nowhere
    return any(name in names for name in PROGRAM_MEMBERS)


def _refusal(message: str) -> Invalid:
    return Invalid(message, field="file", code="file-type-refused")
