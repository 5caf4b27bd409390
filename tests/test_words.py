"""Every text that people read can be translated, and German says all of them."""

import re
from pathlib import Path

import pytest

from config.stack import words

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt"))
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
