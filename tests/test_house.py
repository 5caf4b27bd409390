"""Rules of the house that no linter knows. (The order of rooms: config/test_rooms.py; tasks: config/test_celery.py.)"""

import ast
import re
import subprocess
from pathlib import Path

from django.apps import apps
from django_fsm import FSMFieldMixin

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("config", "outbox", "tenants", "sla", "incidents", "cases", "reporting", "cadence", "demo")
CODE = [
    path
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
    if "migrations" not in path.parts and "static" not in path.parts
]
READS_A_CLOCK = {("timezone", "now"), ("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
WRITES = {"update", "bulk_update", "aupdate"}

FOREIGN = re.compile(
    r"""
    \b[a]ssistants?\b | \bL[L]Ms?\b | \bA[I]\ agents?\b        # of the product alone
    | (?<![\w.])/(?:work|home|root|Users)/[a-z]                 # a machine's own paths
    | (?:pypi|pythonhosted)\.org | \b(?:npm|docker)\.(?:io|com)\b  # where packages come from is the reader's choice
    | \b(?:TOD[O]|FIXM[E]|XX[X])\b                              # nothing is left for later
    """,
    re.VERBOSE,
)


def calls(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node


def where(path, node):
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def test_the_domain_is_told_the_time():
    """A door that reads the clock itself can be neither replayed nor simulated."""
    found = [
        where(path, node)
        for path in CODE
        if "domain" in path.parts
        for node in calls(path)
        if isinstance(node.func.value, ast.Name) and (node.func.value.id, node.func.attr) in READS_A_CLOCK
    ]
    assert found == []


def test_no_face_writes_a_status():
    """Moves have doors, which ask who may and write down what happened."""
    found = [
        where(path, node)
        for path in CODE
        if not {"domain", "models"} & set(path.parts)
        for node in calls(path)
        if node.func.attr in WRITES and any(keyword.arg == "status" for keyword in node.keywords)
    ]
    assert found == []


def test_every_lifecycle_is_kept_by_its_model():
    """`protected`: assigning to the field raises, so that a move can't be made by the way."""
    open_to_all = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, FSMFieldMixin) and not field.protected
    ]
    assert open_to_all == []


def test_no_face_of_a_room_speaks_sql():
    found = [
        where(path, node)
        for path in CODE
        if {"admin", "api", "pages"} & set(path.parts) and "config" not in path.parts
        for node in calls(path)
        if node.func.attr in {"raw", "cursor", "extra"}
        or (node.func.attr == "execute" and ast.unparse(node.func.value).endswith("cursor"))
    ]
    assert found == []


def test_the_repository_speaks_of_the_product_alone():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    files = [
        ROOT / name for name in listed.stdout.decode().split("\0") if name
    ] or CODE  # an unpacked archive has no git
    found = []
    for path in files:
        try:
            text = path.read_text()
        except (UnicodeDecodeError, FileNotFoundError):  # a picture; a file that is just being removed
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
            for number, line in enumerate(text.splitlines(), 1)
            if FOREIGN.search(line)
        ]
    assert found == []
