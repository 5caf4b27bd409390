"""What the database does for a statement, and what of that would cost more with every case the desk has had."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from config.admin import CappedPaginator

Node = dict[str, Any]

#: Tables that a year of work makes longer.
GROWING = {
    *("cases_case", "cases_caseclock", "cases_interaction", "cases_transition", "cases_escalation"),
    *("cases_externalref", "cases_survey", "cases_sidetalk", "cases_sideword"),
    *("sla_clock", "sla_clockevent", "sla_alert", "sla_alertrecipient"),
    *("outbox_event", "outbox_consumption", "outbox_delivery", "outbox_deliveryattempt"),
    *("incidents_incident", "incidents_incidenttenant", "incidents_page"),
    *("tenants_auditentry", "tenants_accessentry", "tenants_healthsnapshot"),
}
#: Indexes of the few rows that somebody has yet to do something about.
SHORT = {
    "outbox_consumption_order",
    "incident_open",
    "cases_case_reopened",
    "cases_case_urgent_newest",
    "cases_case_woken",
}
SORTED = 5_000  # rows that a statement may put in order
READ = 2_000  # rows of a growing table that one step may look at, whatever it keeps of them
TAKES_ALL = {"Sort", "Aggregate", "Hash", "HashSetOp", "WindowAgg", "Materialize"}  # before it gives a row
CONDITIONS = ("Index Cond", "Recheck Cond", "Filter", "Sort Key")
LOOKS_FOR_ROWS = re.compile(r"[\s(]*(select|with|update|delete)\b", re.IGNORECASE)
SELECTED = re.compile(r"SELECT(?! \(|COUNT).*? FROM(?= \")", re.DOTALL)  # what is selected matters little
NAME = re.compile(r"[a-z_]+")
OFFSET = re.compile(r"\boffset\s+(\d+)", re.IGNORECASE)
WITHIN_THE_HOUR = re.compile(r"(datetime\.datetime\(\d+, \d+, \d+, \d+)[^)]*")


@dataclass(frozen=True)
class Plan:
    sql: str
    root: Node

    def faults(self) -> list[str]:
        skipped = [int(number) for number in OFFSET.findall(self.sql) if int(number) > CappedPaginator.CAP]
        return [*[f"skips {number:,} rows" for number in skipped], *_faults(self.root, limited=False)]

    def __str__(self) -> str:
        return "\n".join([SELECTED.sub("SELECT … FROM", self.sql), *_drawn(self.root, 0)])


@contextmanager
def caught() -> Iterator[list[tuple[str, Any]]]:
    """Fills the list with the statements that look for rows inside, as the product sends them."""
    statements: list[tuple[str, Any]] = []

    def catch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if LOOKS_FOR_ROWS.match(sql) and not many and GROWING & set(NAME.findall(sql)):
            statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(catch):
        yield statements


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def plans_of(work: Callable[[], object]) -> list[Plan]:
    """Of each statement of `work`, run over the tables as they were before it. What `work` changes is undone."""
    with undone(), caught() as statements:
        work()
    return [known_plan_of(sql, params) for sql, params in statements]


#: The menu and what else stands on each page ask the same again and again: it is looked into once.
_known: dict[tuple[str, str], Plan] = {}


def known_plan_of(sql: str, params: Any) -> Plan:
    asked = (sql, WITHIN_THE_HOUR.sub(r"\1", repr(params)))
    if asked not in _known:
        _known[asked] = plan_of(sql, params)
    return _known[asked]


def plan_of(sql: str, params: Any) -> Plan:
    with undone(), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, VERBOSE, TIMING OFF, SUMMARY OFF, BUFFERS OFF, FORMAT JSON) {sql}", params)
        [(found,)] = cursor.fetchall()
        said = connection.ops.last_executed_query(cursor, sql, params)
    return Plan(str(said).partition("JSON) ")[2], found[0]["Plan"])


def _faults(node: Node, *, limited: bool) -> Iterator[str]:
    kind, table = node["Node Type"], node.get("Relation Name", "")
    children = node.get("Plans", [])
    if table in GROWING and "Scan" in kind:
        yield from _reading(node, limited=limited)
    if "Sort" in kind and children[0]["Plan Rows"] > SORTED:
        yield f"sorts {children[0]['Plan Rows']:,} rows"
    if kind == "Aggregate" and _counts(node) and (counted := sorted(set(_without_limit(node)))):
        yield f"counts over {', '.join(counted)} without an end"
    limited = kind == "Limit" or (limited and kind not in TAKES_ALL)
    for child in children:
        yield from _faults(child, limited=limited)


def _reading(node: Node, *, limited: bool) -> Iterator[str]:
    kind, table = node["Node Type"], node["Relation Name"]
    dropped = sum(value for name, value in node.items() if name.startswith("Rows Removed by"))
    looked_at = round((node["Actual Rows"] + dropped) * node["Actual Loops"])
    if kind == "Seq Scan" and not (limited and "Filter" not in node):
        yield f"reads all of {table}"
    elif kind.startswith("Index") and "Index Cond" not in node and not limited and node["Index Name"] not in SHORT:
        yield f"walks all of {node['Index Name']}"
    if looked_at > READ:
        yield f"looks at {looked_at:,} rows of {table}"


def _counts(node: Node) -> bool:
    """Not one that only leaves out doubles."""
    return any(" count(" in f" {column.lower()}" for column in node.get("Output", []))


def _without_limit(node: Node) -> Iterator[str]:
    for child in node.get("Plans", []):
        if child["Node Type"] != "Limit":
            if child.get("Relation Name") in GROWING:
                yield child["Relation Name"]
            yield from _without_limit(child)


def _drawn(node: Node, depth: int) -> Iterator[str]:
    told = [node[name] for name in ("Relation Name", "Index Name") if name in node]
    conditions = [f"{name}: {node[name]}" for name in CONDITIONS if name in node]
    counts = f"rows {node['Plan Rows']:,} expected, {node['Actual Rows']:,.0f} × {node['Actual Loops']:,.0f} found"
    yield f"{'  ' * depth}→ {node['Node Type']} {' by '.join(told)} ({counts})"
    yield from [f"{'  ' * depth}    {condition}" for condition in conditions]
    for child in node.get("Plans", []):
        yield from _drawn(child, depth + 1)
