"""One act, by the door that a real person would use. A refusal ends the act, not the play."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cases.domain import checklists, editing, escalation, intake, lifecycle, surveys, talking, time_spent
from cases.domain.side import talks
from cases.models import Case, SideTalk
from config.db import unit_of_work
from config.errors import DomainError, Refused
from demo.domain.players import Players
from demo.models import Act, Story
from incidents.domain import communicate, runbooks
from incidents.domain import lifecycle as incident_lifecycle
from incidents.domain.declare import declare
from incidents.models import Runbook
from tenants.domain import telemetry
from tenants.domain.actors import SYSTEM, Actor, actor_of_requester
from tenants.models import Requester, Resource


def play(act: Act, *, at: datetime, players: Players) -> None:
    """Do it and write down that it is done, or what the door said against it. Done already: nothing."""
    with unit_of_work(SYSTEM.label):
        act = Act.objects.select_for_update(of=("self",)).select_related("story").get(pk=act.pk)
        if act.done_at is None:
            perform(act, at=at, players=players)
            act.save(update_fields=["done_at", "refusal"])


def perform(act: Act, *, at: datetime, players: Players) -> None:
    """The same for who holds the act and its story, and writes down what it says of itself now."""
    try:
        with unit_of_work(SYSTEM.label):
            ACTS[act.name](act.story, act.words, by=_actor(act, players, at=at), at=at)
    except DomainError as refusal:
        act.refusal = refusal.message
    act.done_at = at


def _actor(act: Act, players: Players, *, at: datetime) -> Actor:
    if act.by:
        return players.ours(act.by, at=at)
    if "requester" in act.words:
        return actor_of_requester(Requester.objects.get(pk=act.words["requester"]))
    if act.story.case_id is not None:
        return actor_of_requester(Requester.objects.get(cases=act.story.case_id))
    return SYSTEM


def _case_id(story: Story) -> int:
    if story.case_id is None:
        raise Refused("This story has not begun.")
    return story.case_id


def _open(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    told = ("subject", "description", "category", "channel", "error_ids", "impact", "tags")
    opened = intake.open_case(
        tenant_id=story.tenant_id,
        requester=words["requester"],
        resource_ids=_resource_ids(story, words["resource"]),
        **{name: words[name] for name in told},
        by=by,
        at=at,
    )
    story.case = opened.case
    story.save(update_fields=["case"])


def _resource_ids(story: Story, prefix: str) -> list[int]:
    if not prefix:
        return []
    used = Resource.objects.filter(users__tenant_id=story.tenant_id, key__startswith=prefix)
    return list(used.values_list("pk", flat=True)[:1])


def _say(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    kind = "message" if words["public"] else "note"
    talking.add_interaction(
        case_id=_case_id(story), kind=kind, public=words["public"], body=words["body"], by=by, at=at
    )


def _hear(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    talking.add_interaction(case_id=_case_id(story), kind="message", public=True, body=words["body"], by=by, at=at)


def _run(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    runbook = Runbook.objects.get(title=words["runbook"])
    run = runbooks.start_run(runbook_id=runbook.pk, tenant_id=story.tenant_id, by=by, at=at)
    for step in range(min(4, len(run.steps))):
        runbooks.record_step(run_id=run.pk, step=step, outcome="done", by=by, at=at)
    talking.add_interaction(
        case_id=_case_id(story),
        kind="action",
        public=False,
        body=f"Ran “{runbook.title}”: 4 of {len(run.steps)} steps",
        data={"runbook_run": run.pk},
        by=by,
        at=at,
    )


def _escalate(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    hours = words["promise_hours"]
    target = {"at": at + timedelta(hours=hours), "who": "Ben Ortiz"} if hours else None
    escalation.escalate(
        case_id=_case_id(story), to=words["to"], known_issues_searched=True, target=target, by=by, at=at
    )


def _resolve(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    lifecycle.resolve(case_id=_case_id(story), **words, send_as=True, by=by, at=at)


def _score(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    asked = story.case.surveys.order_by("-window").first() if story.case else None
    nps = words["nps"] if asked is not None and asked.asks_nps else None
    surveys.answer(case_id=_case_id(story), csat=words["csat"], nps=nps, by=by, at=at)


def _fill(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    editing.edit_case(case_id=_case_id(story), changes=words, by=by, at=at)


def _tick(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    case_id = _case_id(story)
    steps = checklists.checklist_of(Case.objects.get(pk=case_id)).steps
    for step in steps[: words["steps"]]:
        checklists.tick(case_id=case_id, step_id=step.pk, done=True, by=by, at=at)


def _book(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    time_spent.book(case_id=_case_id(story), **words, worked_on=at.date(), by=by, at=at)


def _ask_aside(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    talks.start(case_id=_case_id(story), **words, by=by, at=at)


def _say_aside(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    talks.say(talk_id=_talk_id(story), body=words["body"], by=by, at=at)


def _hear_aside(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    talks.hear(talk_id=_talk_id(story), body=words["body"], at=at)


def _talk_id(story: Story) -> int:
    talk = SideTalk.objects.filter(case=_case_id(story)).first()
    if talk is None:
        raise Refused("Nobody was asked aside.")
    return int(talk.pk)


def _declare(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    resource = Resource.objects.get(key=words["resource"])
    incident = declare(
        title=words["title"],
        severity=words["severity"],
        detected_by="alarm",
        tenant_ids=list(resource.users.values_list("tenant_id", flat=True)),
        resource_ids=[resource.pk],
        started_at=at - timedelta(minutes=6),
        commander_id=by.user_id,
        comms_channel="#incident",
        public=True,
        by=by,
        at=at,
    )
    story.incident = incident
    story.save(update_fields=["incident"])


def _word(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    communicate.publish_update(incident_id=_incident_id(story), **words, by=by, at=at)


def _identify(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    incident_lifecycle.identify(incident_id=_incident_id(story), **words, by=by, at=at)


def _end(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    incident_lifecycle.resolve(incident_id=_incident_id(story), **words, by=by, at=at)


def _incident_id(story: Story) -> int:
    if story.incident_id is None:
        raise Refused("This story has not begun.")
    return story.incident_id


def _measure(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
    snapshots: list[Any] = [{**snapshot, "taken_at": at} for snapshot in words["snapshots"]]
    telemetry.record(tenant_id=story.tenant_id, snapshots=snapshots, by=SYSTEM, at=at)


def _on_case(door: Callable[..., Case]) -> Callable[..., None]:
    def act(story: Story, words: dict[str, Any], *, by: Actor, at: datetime) -> None:
        door(case_id=_case_id(story), **words, by=by, at=at)

    return act


ACTS: dict[str, Callable[..., None]] = {
    "open": _open,
    "say": _say,
    "hear": _hear,
    "run": _run,
    "escalate": _escalate,
    "resolve": _resolve,
    "score": _score,
    "fill": _fill,
    "tick": _tick,
    "book": _book,
    "aside": _ask_aside,
    "aside_said": _say_aside,
    "aside_heard": _hear_aside,
    "accept": _on_case(lifecycle.accept),
    "start": _on_case(lifecycle.start),
    "wait": _on_case(lifecycle.wait),
    "confirm": _on_case(lifecycle.confirm),
    "reject": _on_case(lifecycle.reject),
    "reopen": _on_case(lifecycle.reopen),
    "close_as": _on_case(lifecycle.close),
    "declare": _declare,
    "word": _word,
    "identify": _identify,
    "end": _end,
    "measure": _measure,
}
