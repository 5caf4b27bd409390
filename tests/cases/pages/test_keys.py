"""`?` lists every key that does something, and no other."""

import re
from pathlib import Path

from cases.pages.desk.actions import ACTIONS

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "templates"
HELP = (TEMPLATES / "cases" / "desk" / "keys.html").read_text()
WRITTEN = {"&gt;": ">", "&lt;": "<", "⏎": "Enter", "Esc": "Escape"}
# What scripts listen to beside data-key: config/static/desk/*.js.
IN_SCRIPTS = {"j", "k", "Enter", "x", "a", "Escape", "Ctrl", "Alt", "⇧", "1", "5", "::", "??"}


def test_the_help_lists_every_key_and_no_other():
    listed = {WRITTEN.get(key, key) for key in re.findall(r"<kbd>([^<]+)</kbd>", HELP)}
    marked = {
        WRITTEN.get(key, key)
        for path in TEMPLATES.rglob("*.html")
        for key in re.findall(r'data-key="([^"{]+)"', path.read_text())
    }
    composer = {"r", "i"}  # of a field that a form of Python draws
    assert listed == marked | IN_SCRIPTS | composer | {one.key for one in ACTIONS.values() if one.key}
