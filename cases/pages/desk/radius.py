"""The blast radius as a small drawing: what broke on the left, what it reaches to the right, then whose it is."""

from dataclasses import dataclass

from tenants.domain.blast_radius import Radius

ROW, BOX, GAP = 30, 88, 14
SHOWN = 6  # rows of a column; the rest is counted
LETTERS = 13


@dataclass(frozen=True, slots=True)
class Box:
    x: int
    y: int
    words: str
    title: str
    tone: str

    @property
    def left(self) -> tuple[int, int]:
        return self.x, self.y + 11

    @property
    def right(self) -> tuple[int, int]:
        return self.x + BOX, self.y + 11


@dataclass(frozen=True, slots=True)
class Drawing:
    width: int
    height: int
    boxes: list[Box]
    lines: list[str]
    tenants: list[str]
    more: int
    said: str
    starts: list[str]


TONES = {"down": "bad", "degraded": "warn", "ok": "ok", "unknown": "plain"}


def drawing(radius: Radius | None, *, at_tenant: int) -> Drawing | None:
    """None when there is nothing to draw. The case's own tenant is named first."""
    if radius is None or not radius.nodes:
        return None
    columns: dict[int, list[int]] = {}
    boxes: dict[int, Box] = {}
    hidden = radius.more_resources
    for node in radius.nodes:
        column = columns.setdefault(min(node.distance, 2), [])
        if len(column) == SHOWN:
            hidden += 1
            continue
        words = node.name if len(node.name) <= LETTERS else f"{node.name[: LETTERS - 1]}…"
        title = f"{node.name} ({node.kind}): {node.health}"
        x = 1 + min(node.distance, 2) * (BOX + GAP)
        boxes[node.id] = Box(x, 4 + len(column) * ROW, words, title, TONES.get(node.health, "plain"))
        column.append(node.id)
    lines = [
        curve(boxes[one].right, boxes[other].left)
        for one, other in radius.edges
        if one in boxes and other in boxes and boxes[one].x < boxes[other].x
    ]
    tenants = sorted(radius.tenants, key=lambda tenant: (tenant.pk != at_tenant, tenant.name))
    names = [tenant.name for tenant in tenants]
    reached = ", ".join(node.name for node in radius.nodes)
    return Drawing(
        width=(BOX + GAP) * (max(columns) + 1) - GAP + 2,
        height=8 + ROW * max(len(column) for column in columns.values()),
        boxes=list(boxes.values()),
        lines=lines,
        tenants=names,
        more=hidden,
        said=f"{reached}; {', '.join(names)}",
        starts=[node.name for node in sorted(radius.nodes, key=lambda node: node.id) if node.distance == 0],
    )


def curve(start: tuple[int, int], end: tuple[int, int]) -> str:
    (x1, y1), (x2, y2) = start, end
    middle = (x1 + x2) // 2
    return f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"
