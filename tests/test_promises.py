"""What the pages promise, tests hold: each one that they name is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
PAGES = sorted(path for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")] if NAMED.search(path.read_text()))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_test_that_a_page_names_is_there(page):
    named = NAMED.findall(page.read_text())
    missing = [f"{path}::{name}" for path, name in named if name not in functions_in(ROOT / path)]
    assert missing == []


def test_each_way_to_break_it_names_its_test():
    """Wherever the list stands: in a page of its own or in the README."""
    lines = [line for page in PAGES for line in page.read_text().splitlines() if line.startswith("| ")]
    ways = [line for line in lines if NAMED.search(line)]
    assert len(ways) >= 12
    assert len({NAMED.search(line)[0] for line in ways}) == len(ways)


def functions_in(path):
    if not path.exists():
        return set()
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}
