"""How cases look from outside. One shape for staff and clients; what is ours alone is empty for a client."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.urls import reverse
from rest_framework import serializers

from cases.domain import reading
from cases.domain.intake import Opened
from cases.domain.reading import ShownClock
from cases.domain.ties import ROLES
from cases.enums import (
    ClockKind,
    ClosedAs,
    InteractionKind,
    Level,
    Move,
    OpenedBy,
    Priority,
    Severity,
    SpokenBy,
    Status,
)
from cases.models import Case, Interaction, Transition
from config.api.fields import Moment, Output, PlainObject
from incidents.models import Incident
from sla.domain.fold import State
from tenants.domain.actors import Actor
from tenants.models import Resource

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCase:
    case: Case
    clocks: list[ShownClock]
    incidents: list[Incident]
    resources: list[Resource]
    similar: list[Case]
    to_client: bool

    @property
    def tenant_id(self) -> int:
        return self.case.tenant_id


def shown_case(case: Case, *, actor: Actor, at: datetime, similar: Sequence[Case] = ()) -> ShownCase:
    """`case` as `reading` gives it, with all that hangs on it: no statement here."""
    return ShownCase(
        case=case,
        clocks=reading.clocks(case, at=at),
        incidents=reading.incidents(case),
        resources=reading.resources(case),
        similar=list(similar),
        to_client=actor.is_customer,
    )


def shown_new_case(opened: Opened, *, actor: Actor, at: datetime) -> ShownCase:
    """What the door has just found and written, as `shown_case` would read it again."""
    return ShownCase(
        case=opened.case,
        clocks=reading.shown_clocks(opened.clocks, at=at),
        incidents=reading.shown_incidents(opened.known.incidents, actor=actor),
        resources=opened.resources,
        similar=[] if actor.is_customer else opened.known.similar,
        to_client=actor.is_customer,
    )


class CaseRequesterOut(Output):
    id = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField()


class ColleagueOut(Output):
    id = serializers.CharField()
    username = serializers.CharField()
    name = serializers.CharField(source="get_full_name")


class ClockOut(Output):
    kind = serializers.ChoiceField(choices=ClockKind.choices)
    window = serializers.IntegerField(min_value=1)
    state = serializers.ChoiceField(choices=[state.value for state in State], source="now.state")
    started_at = Moment()
    warn_at = Moment(source="now.warn_at", allow_null=True)
    due_at = Moment(source="now.due_at", allow_null=True)
    stopped_at = Moment(source="now.stopped_at", allow_null=True)
    breached_at = Moment(source="now.breached_at", allow_null=True)
    used_seconds = serializers.SerializerMethodField()
    paused_seconds = serializers.SerializerMethodField()
    left_seconds = serializers.SerializerMethodField(help_text="Below 0 when late.")

    def get_used_seconds(self, clock: ShownClock) -> int:
        return clock.now.used // MICROSECONDS

    def get_paused_seconds(self, clock: ShownClock) -> int:
        return clock.now.paused // MICROSECONDS

    def get_left_seconds(self, clock: ShownClock) -> int:
        return clock.now.left // MICROSECONDS


class CaseIncidentOut(Output):
    id = serializers.CharField(source="pk")
    reference = serializers.SerializerMethodField()
    title = serializers.CharField()
    severity = serializers.CharField()
    status = serializers.CharField()

    def get_reference(self, incident: Incident) -> str:
        return f"INC-{incident.pk}"


class CaseResourceOut(Output):
    id = serializers.CharField(source="pk")
    key = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()


class SimilarOut(Output):
    reference = serializers.CharField()
    subject = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)
    priority = serializers.ChoiceField(choices=Priority.choices)
    opened_at = Moment()
    resolved_at = Moment(allow_null=True)


class CaseOut(Output):
    """What is ours alone is empty for a client: `owner`, `level`, `tags`, `error_ids`, `trace_links`,
    `telemetry`, `fields`, `resources`, `priority_reason`, `similar`.
    """

    id = serializers.CharField(source="case.pk")
    reference = serializers.CharField(source="case.reference")
    tenant = serializers.CharField(source="case.tenant.slug")
    requester = CaseRequesterOut(source="case.requester")
    subject = serializers.CharField(source="case.subject")
    description = serializers.CharField(source="case.description")
    channel = serializers.CharField(source="case.channel")
    opened_by = serializers.ChoiceField(choices=OpenedBy.choices, source="case.opened_by")
    status = serializers.ChoiceField(choices=Status.choices, source="case.status")
    closed_as = serializers.ChoiceField(choices=ClosedAs.choices, source="case.closed_as", allow_blank=True)
    merged_into = serializers.SerializerMethodField(help_text="The case that goes on in its place; null for most.")
    priority = serializers.ChoiceField(choices=Priority.choices, source="case.priority")
    priority_reason = serializers.CharField(source="case.priority_reason")
    severity = serializers.ChoiceField(choices=Severity.choices, allow_null=True, source="case.severity")
    impact = serializers.CharField(source="case.impact")
    tier = serializers.CharField(source="case.tier")
    level = serializers.ChoiceField(choices=Level.choices, allow_null=True, source="case.level")
    owner = ColleagueOut(source="case.owner", allow_null=True)
    category = serializers.CharField(source="case.category.slug", default=None, allow_null=True)
    tags = serializers.ListField(child=serializers.CharField(), source="case.tags")
    error_ids = serializers.ListField(child=serializers.CharField(), source="case.error_ids")
    trace_links = serializers.ListField(child=serializers.CharField(), source="case.trace_links")
    telemetry = PlainObject(source="case.telemetry")
    needed_by = Moment(source="case.needed_by", allow_null=True)
    opened_at = Moment(source="case.opened_at")
    first_response_at = Moment(source="case.first_response_at", allow_null=True)
    resolved_at = Moment(source="case.resolved_at", allow_null=True)
    closed_at = Moment(source="case.closed_at", allow_null=True)
    reopen_count = serializers.IntegerField(source="case.reopen_count")
    clocks = ClockOut(many=True)
    incidents = CaseIncidentOut(many=True)
    resources = CaseResourceOut(many=True)
    similar = SimilarOut(many=True)
    url = serializers.SerializerMethodField()
    version = serializers.IntegerField(source="case.version")

    def get_fields(self) -> dict[str, Any]:
        """`fields` is a name of the serializer's own."""
        own = PlainObject(source="case.custom_fields", help_text="The desk's own, by key; an empty one is not in it.")
        return {**super().get_fields(), "fields": own}

    OURS_ALONE: ClassVar[dict[str, Any]] = {
        "owner": None,
        "level": None,
        "tags": [],
        "error_ids": [],
        "trace_links": [],
        "telemetry": {},
        "fields": {},
        "resources": [],
        "priority_reason": "",
        "similar": [],
    }

    def get_merged_into(self, shown: ShownCase) -> str | None:
        return None if shown.case.merged_into_id is None else f"CASE-{shown.case.merged_into_id}"

    def get_url(self, shown: ShownCase) -> str:
        path = (
            reverse("case-detail", kwargs={"ref": shown.case.reference})
            if shown.to_client
            else reverse("desk:case", kwargs={"pk": shown.case.pk})
        )
        return settings.DESK_URL + path

    def to_representation(self, instance: ShownCase) -> dict[str, Any]:
        shown = super().to_representation(instance)
        shown["severity"] = shown["severity"] or None
        return shown | self.OURS_ALONE if instance.to_client else shown


class AttachmentOut(Output):
    id = serializers.CharField(source="pk")
    name = serializers.CharField(source="blob.name")
    size = serializers.IntegerField(source="blob.size", help_text="In bytes.")
    content_type = serializers.CharField(source="blob.content_type")
    public = serializers.BooleanField()
    added_at = Moment()
    url = serializers.SerializerMethodField(help_text="Where to download it, with the same token.")

    def get_url(self, attachment: Any) -> str:
        kwargs = {"ref": f"CASE-{attachment.case_id}", "attachment_id": attachment.pk}
        return settings.DESK_URL + reverse("case-attachment", kwargs=kwargs)


class SpeakerOut(Output):
    kind = serializers.ChoiceField(choices=SpokenBy.choices, source="by_kind")
    name = serializers.CharField(source="actor_name")


class InteractionOut(Output):
    id = serializers.CharField(source="pk")
    case = serializers.SerializerMethodField(help_text="Where it was said: another one that was merged or split, too.")
    at = Moment()
    kind = serializers.ChoiceField(choices=InteractionKind.choices)
    public = serializers.BooleanField()
    by = SpeakerOut(source="*")
    body = serializers.CharField()
    data = serializers.DictField(  # type: ignore[assignment]  # a declared field is no attribute
        help_text="Facts that came with it; empty for a client."
    )
    attachments = AttachmentOut(many=True, source="attachments.all")

    def get_case(self, interaction: Interaction) -> str:
        return f"CASE-{interaction.case_id}"

    def to_representation(self, instance: Interaction) -> dict[str, Any]:
        shown = super().to_representation(instance)
        return shown | {"data": {}} if self.context["view"].actor.is_customer else shown


class LinkOut(Output):
    id = serializers.CharField(source="tie.pk")
    role = serializers.ChoiceField(
        choices=list(ROLES), help_text="What the other case is to this one: `merged_from` was merged into it."
    )
    case = serializers.CharField(source="other.reference")
    subject = serializers.CharField(source="other.subject")
    status = serializers.ChoiceField(choices=Status.choices, source="other.status")
    made_at = Moment(source="tie.made_at")
    made_by = serializers.CharField(source="tie.maker_name")
    interactions = serializers.ListField(
        child=serializers.CharField(), source="tie.entries", help_text="Of a split: what went along."
    )


class ImpactOut(Output):
    kind = serializers.CharField()
    window = serializers.IntegerField()
    what = serializers.CharField()
    left_seconds = serializers.FloatField(allow_null=True)
    due_at = serializers.CharField(allow_null=True)


class TransitionOut(Output):
    id = serializers.CharField(source="pk")
    at = Moment()
    move = serializers.ChoiceField(choices=Move.choices)
    from_status = serializers.ChoiceField(choices=Status.choices, allow_blank=True)
    to_status = serializers.ChoiceField(choices=Status.choices)
    by = serializers.CharField(source="actor_name")
    reason = serializers.CharField()
    sla_impact = ImpactOut(many=True, help_text="What it did to each clock; empty for a client.")
    imported = serializers.BooleanField()
    undone = serializers.SerializerMethodField(help_text="Whether it was taken back.")

    def get_undone(self, move: Transition) -> bool:
        return hasattr(move, "undone_by")

    def to_representation(self, instance: Transition) -> dict[str, Any]:
        """A client reads why they moved a case themselves, not what we wrote for us."""
        shown = super().to_representation(instance)
        actor = self.context["view"].actor
        if actor.is_customer:
            shown |= {"sla_impact": []} | ({} if instance.by_label == actor.label else {"reason": ""})
        return shown


class LineOut(Output):
    what = serializers.CharField(help_text="What sort of line it is, for programs.")
    text = serializers.CharField(help_text="In words a client can read.")
    at = Moment()
    until = Moment(allow_null=True)
    seconds = serializers.FloatField(allow_null=True, help_text="Counted in this line.")
    total_seconds = serializers.FloatField(allow_null=True, help_text="Counted up to here.")


class ExplanationOut(Output):
    kind = serializers.ChoiceField(choices=ClockKind.choices)
    window = serializers.IntegerField()
    state = serializers.ChoiceField(choices=[state.value for state in State])
    target = serializers.CharField()
    time_zone = serializers.CharField()
    due_at = Moment(allow_null=True)
    lines = LineOut(many=True)
