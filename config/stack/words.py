"""`make words`: what people read, gathered from code and templates into locale/<language>/LC_MESSAGES/django.po, and
that file compiled. `--check` changes nothing and names whatever is missing, left over or broken.

The compiled file is kept beside its source: a desk starts without a compiler of messages.
"""

import io
import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils import translation
from django.utils.translation import template as django_template

from config.naming import named

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = ("de",)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ROOMS = ("config", "outbox", "tenants", "sla", "incidents", "cases", "reporting", "cadence", "demo")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "_n": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
# %(name)s, %s, %%, {name}, {name:format}: all of them must stand in a translation as in the text.
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*(?::[^{}]*)?\}")


def sources() -> Iterator[Path]:
    for room in ROOMS:
        yield from (path for path in sorted((ROOT / room).rglob("*.py")) if "migrations" not in path.parts)
    yield from (path for path in sorted((ROOT / "templates").rglob("*")) if path.suffix in (".html", ".txt"))


def gather() -> Catalog:
    """Every text that code and templates ask a translation of, with the files that do; and the names of models."""
    catalog = Catalog(domain="django", charset="utf-8")
    for path in sources():
        place = str(path.relative_to(ROOT))
        text = path.read_text()
        if path.suffix != ".py":
            # Django writes a template's texts as Python calls; in brackets its indentation means nothing.
            text = f"(\n{django_template.templatize(text, origin=place)}\n)"
        for _line, message, comments, context in extract("python", io.BytesIO(text.encode()), KEYWORDS):
            if message:
                catalog.add(message, locations=[(place, 1)], auto_comments=comments, context=context)
    with translation.override(None):  # a name as it was written
        for place, thing, attribute in named():
            catalog.add(str(getattr(thing, attribute)), locations=[(place, 1)])
    return catalog


def po_path(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    with po_path(language).open("rb") as source:
        return read_po(source, locale=language)


def compiled(catalog: Catalog) -> bytes:
    """The same bytes for the same words: a header's dates say nothing that git does not."""
    catalog.creation_date = catalog.revision_date = EPOCH
    target = io.BytesIO()
    write_mo(target, catalog)
    return target.getvalue()


def renew(language: str) -> None:
    """New texts come in untranslated, those that nobody asks for any more go. A likeness is never guessed."""
    path = po_path(language)
    header, _, _ = path.read_text().partition("\n\n")
    catalog = read(language)
    catalog.update(gather(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    body = io.BytesIO()
    write_po(body, catalog, width=120, include_lineno=False, sort_by_file=True, omit_header=True)
    path.write_text(f"{header}\n\n{body.getvalue().decode().strip()}\n")
    path.with_suffix(".mo").write_bytes(compiled(read(language)))


def faults(language: str) -> list[str]:
    catalog = read(language)
    asked = gather()
    found = [
        f"asked for, not listed (make words): {one.id!r}" for one in asked if one.id and known(catalog, one) is None
    ]
    for message in catalog:
        if message.id:
            found += [f"{fault}: {message.id!r}" for fault in faults_of(message, asked, plurals=catalog.num_plurals)]
    mo = po_path(language).with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != compiled(catalog):
        found.append(f"{mo.relative_to(ROOT)} is not made of its source (make words)")
    return found


def faults_of(message: Message, asked: Catalog, *, plurals: int) -> Iterator[str]:
    if known(asked, message) is None:
        yield "nobody asks for it any more (make words)"
    if message.fuzzy:
        yield "marked as fuzzy"
    singular, *plural = forms(message.id)
    said = forms(message.string)
    if singular.endswith("\\"):
        yield "cut off at a quotation mark: write the text in the other kind of quotation marks"
    if len(said) != (plurals if plural else 1):
        yield f"has {len(said)} forms"
    elif not all(said):
        yield "not translated"
    else:
        yield from misplaced(plural[0] if plural else singular, said)


def forms(texts: object) -> tuple[str, ...]:
    """Of a message's id or translation: one text, or one for one thing and others for many."""
    return tuple(map(str, texts)) if isinstance(texts, list | tuple) else (str(texts or ""),)


def misplaced(plural: str, said: tuple[str, ...]) -> Iterator[str]:
    """One thing may be said without its number, many may not."""
    for place, words in enumerate(said):
        wanted = Counter(PLACEHOLDER.findall(plural))
        held = Counter(PLACEHOLDER.findall(words))
        of_one = place == 0 and len(said) > 1
        if not (held <= wanted if of_one else held == wanted):
            yield f"placeholders differ ({words!r})"
        if words[:1].isspace() != plural[:1].isspace() or words[-1:].isspace() != plural[-1:].isspace():
            yield f"spaces at the ends differ ({words!r})"


def known(catalog: Catalog, message: Message) -> Message | None:
    found = catalog.get(message.id, message.context)
    return found if found is not None and isinstance(found.id, tuple) == isinstance(message.id, tuple) else None


def main(*arguments: str) -> int:
    checking = "--check" in arguments
    found = []
    for language in LANGUAGES:
        if not checking:
            renew(language)
        found += [f"{language}: {fault}" for fault in faults(language)]
    for fault in found:
        print(f"desk: {fault}")
    print(f"desk: {len(found)} faults in the words" if found else "desk: every text is translated", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    django.setup()
    sys.exit(main(*sys.argv[1:]))
