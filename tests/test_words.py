"""Every text that people read can be translated, and German says all of them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import errors
from config.stack import words

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt"))
# Read at a terminal, or by programs: commands speak English.
AT_A_TERMINAL = ("cases/domain/importing/", "cases/domain/bulk/", "sla/domain/simulate.py")
DOORS = [
    path
    for room in words.ROOMS
    for path in sorted((ROOT / room / "domain").rglob("*.py"))
    if room != "demo" and not str(path.relative_to(ROOT)).startswith(AT_A_TERMINAL)
]
SCRIPTS = sorted((ROOT / "config" / "static" / "desk").glob("*.js"))
# What is the same in every language: names, units, keys, formats.
NAMES = {
    "CompanyOS", "Support", "Status", "Atom", "JSON", "CSV", "CSAT", "NPS", "ARR", "CASE", "Ctrl", "Esc", "demo",
    "desk", "px", "GET", "amp", "nbsp", "lt", "gt",
}  # fmt: skip
TYPED = {"cases/desk/line_help.html": {"field", "region", "eu"}}
IN_ENGLISH = {
    "config/api_reference.html": "the API's reference is written in English, as its answers are",
}
BLOCKS = re.compile(r"{%\s*(blocktrans\w*|comment)\b.*?{%\s*end\1\s*%}", re.DOTALL)
MARKS = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
SAID = re.compile(r"\b(?:title|aria-label|placeholder|alt)=(\"[^\"]*\"|'[^']*')")
# What is typed is the same in every language, as are the names of keys.
TAGS = re.compile(r"<!--.*?-->|<(script|style|code|kbd)\b.*?</\1>|<[^>]*>", re.DOTALL)


def test_german_says_everything_and_nothing_else():
    assert words.faults("de") == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_holds_no_words_of_its_own(path):
    name = str(path.relative_to(ROOT / "templates"))
    if name in IN_ENGLISH:
        return
    text = MARKS.sub(" ", BLOCKS.sub(" ", path.read_text()))
    said = " ".join(SAID.findall(text)) + " " + TAGS.sub(" ", text)
    assert set(re.findall(r"[A-Za-z]{2,}", said)) - NAMES - TYPED.get(name, set()) == set()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_handed_its_words(path):
    """Two words in a row with a capital, or with a full stop, are a sentence: it belongs into script_words."""
    code = re.sub(r"//[^\n]*", "", path.read_text())
    sentences = [text for text in re.findall(r'"([^"\n]*)"|`([^`]*)`', code) for text in text if text]
    assert [text for text in sentences if re.search(r"^[A-Z][a-z]+(?: [a-z']+)+|[a-z]{2,} [a-z]{2,}\.$", text)] == []


def refusals() -> dict[str, int]:
    """The names of all that refuses, and of what makes a refusal, with the place of the message among its arguments."""
    found, waiting = {"wrong": 0, "_refusal": 0, "_wrong": 1, "_problem": 1, "_missing": 1}, [errors.DomainError]
    while waiting:
        one = waiting.pop()
        found[one.__name__] = 0
        waiting += one.__subclasses__()
    return found


def untranslated(source: str) -> Iterator[str]:
    """Messages of refusals, and of the single errors in them, that no gettext holds."""
    places = refusals()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            place = places.get(getattr(node.func, "id", None) or getattr(node.func, "attr", ""))
            messages = [] if place is None else node.args[place : place + 1]
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            messages = [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "message"]
        else:
            continue
        yield from (f"{node.lineno}: {said}" for message in messages for said in bare(message))


def bare(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.JoinedStr):
        said = "".join(str(part.value) if isinstance(part, ast.Constant) else "{…}" for part in node.values)
        yield from [said] if re.search(r"[a-z]", said) else []
    elif isinstance(node, ast.Constant) and re.search(r"[a-z]", str(node.value)):
        yield str(node.value)
    elif isinstance(node, ast.Name) and node.id.isupper():
        yield node.id
    elif isinstance(node, ast.IfExp):
        yield from [*bare(node.body), *bare(node.orelse)]
    elif isinstance(node, ast.BinOp):
        yield from [*bare(node.left), *(bare(node.right) if isinstance(node.op, ast.Add) else ())]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("format", "join"):
        yield from bare(node.func.value)


@pytest.mark.parametrize("path", DOORS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_refusal_can_be_said_in_every_language(path):
    assert list(untranslated(path.read_text())) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('raise Invalid("Say why.", field="reason")', ["1: Say why."]),
        ('raise Refused(f"{case} is closed.")', ["1: {…} is closed."]),
        ('raise Refused("%s is closed." % case)', ["1: %s is closed."]),
        ('raise Absent(_("Here.") if here else "There.")', ["1: There."]),
        ("raise errors.Absent(NOT_HERE)", ["1: NOT_HERE"]),
        ('raise Unknown("tenant", field="tenant")', ["1: tenant"]),
        ('raise _wrong("reason", "Say why.")', ["1: Say why."]),
        ('errors.append({"field": "reason", "message": "Say why."})', ["1: Say why."]),
        ('raise Invalid(gettext("Say why."), field="reason", code="required")', []),
        ('raise Refused(_("%(case)s is closed.") % {"case": f"{case} so"})', []),
        ('raise _wrong("reason", _("Say why."))', []),
    ],
)
def test_what_counts_as_plain_english(code, found):
    assert list(untranslated(code)) == found


@pytest.mark.parametrize(
    ("text", "said", "fault"),
    [
        ("{n} left", "noch {m}", "placeholders differ ('noch {m}')"),
        ("%(n)s left", "noch", "placeholders differ ('noch')"),
        ("left ", "noch", "spaces at the ends differ ('noch')"),
    ],
)
def test_what_is_wrong_in_a_translation_is_named(text, said, fault):
    assert list(words.misplaced(text, (said,))) == [fault]


def test_one_may_be_said_without_its_number_many_may_not():
    assert list(words.misplaced("reopened {n}×", ("wieder offen", "{n}× wieder offen"))) == []
    assert list(words.misplaced("reopened {n}×", ("wieder offen", "wieder offen"))) != []
