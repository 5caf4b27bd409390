"""docs/lifecycle.md is made from the table of moves and from the transitions of the model; here it is held to both."""

from pathlib import Path

from cases.domain.moves import ON_THE_WAY, TABLE
from cases.enums import Status
from cases.models import Case

PAGE = Path(__file__).resolve().parents[2] / "docs" / "lifecycle.md"
MOVES_OF = {
    "_to_triage": "accept",
    "_to_in_progress": "start",
    "_to_waiting": "wait",
    "_from_waiting": "resume",
    "_to_resolved": "resolve",
    "_to_closed": "confirm, close",
    "_to_closed_without_work": "close as spam / duplicate / withdrawn, merge",
    "_to_rejected": "reject",
    "_to_reopened": "reopen",
}


def transitions():
    """(from, to, moves), in the order of the statuses."""
    order = list(Status.values)
    found = {
        (one.source, one.target, MOVES_OF[one.name]) for one in Case._meta.get_field("status").get_all_transitions(Case)
    }
    return sorted(found, key=lambda one: (order.index(one[0]), order.index(one[1]), one[2]))


def page():
    arrows = [f"    {source} --> {target}: {moves}" for source, target, moves in transitions()]
    rows = [
        f"| `{move.value}` | {' · '.join(status for status in Status.values if status in rule.sources)} "
        f"| {'staff, customer' if rule.customers else 'staff'} "
        f"| {', '.join(f'`{name}`' for name in rule.needs) or '–'} "
        f"| {', '.join(f'`{name}`' for name in rule.takes) or '–'} |"
        for move, rule in TABLE.items()
    ]
    on_the_way = [
        f"- from `{status}`: {' → '.join(f'`{move.value}`' for move in moves)}" for status, moves in ON_THE_WAY.items()
    ]
    return "\n".join(
        [
            "# Lifecycle of a case",
            "",
            "Made from the code; a test keeps it so. One door a move: `cases/domain/lifecycle.py`.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            "    [*] --> new: open",
            *arrows,
            "```",
            "",
            "| move | from | by | asks for | takes |",
            "|---|---|---|---|---|",
            *rows,
            "",
            "The system resolves what was not answered and closes what was not contradicted; a customer's message ends "
            "a wait and reopens what closed lately.",
            "",
            "“Send as waiting” and “send as resolved” run the moves in between first, each logged:",
            "",
            *on_the_way,
            "",
        ]
    )


def test_the_page_is_what_the_code_says():
    assert PAGE.read_text() == page()


def test_the_table_and_the_model_agree():
    named = {(source, name) for source, _target, moves in transitions() for name in moves.split(", ")}
    # Merging takes two cases: it has a door of its own (cases/domain/merging.py).
    named = {(source, name.partition(" ")[0]) for source, name in named if name != "merge"}
    assert named == {(status.value, move.value) for move, rule in TABLE.items() for status in rule.sources}
