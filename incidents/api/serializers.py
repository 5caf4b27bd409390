"""Bodies of the incidents API: what callers may say, and what we answer."""

from typing import Any

from rest_framework import serializers

from config.api.fields import Choice, Flag, Input, Moment, Output, Reference, Text
from incidents.domain.lifecycle import allowed_moves
from incidents.enums import ChainLevel, DetectedBy, IncidentStatus, Severity
from incidents.models import Incident, Runbook


class IncidentRef(Reference):
    prefix = "INC"


class PersonOut(Output):
    id = serializers.CharField(source="pk")
    username = serializers.CharField()
    name = serializers.CharField(source="__str__")


class ActionOut(Output):
    """A corrective action; `done_by` is a name, empty while it is open."""

    id = serializers.CharField(source="pk")
    what = serializers.CharField()
    owner = PersonOut()
    due_on = serializers.DateField()
    chain_level = serializers.CharField()
    done_at = Moment(allow_null=True)
    done_by = serializers.CharField(source="done_by_name")


class IncidentOut(Output):
    """`tenants` names only those the reader may see; `other_tenants` counts the rest."""

    reference = serializers.CharField()
    id = serializers.CharField(source="pk")
    title = serializers.CharField()
    severity = serializers.ChoiceField(choices=Severity.choices)
    priority = serializers.CharField()
    status = serializers.ChoiceField(choices=IncidentStatus.choices)
    allowed = serializers.SerializerMethodField()
    commander = PersonOut(allow_null=True)
    communicator = PersonOut(allow_null=True)
    comms_channel = serializers.CharField()
    detected_by = serializers.ChoiceField(choices=DetectedBy.choices)
    started_at = Moment()
    detected_at = Moment()
    declared_at = Moment()
    resolved_at = Moment(allow_null=True)
    root_cause = serializers.CharField()
    chain_level = serializers.CharField()
    public = serializers.BooleanField()
    tenants = serializers.SerializerMethodField()
    other_tenants = serializers.SerializerMethodField()
    resources = serializers.SerializerMethodField()
    next_word_due_at = serializers.SerializerMethodField()
    actions = ActionOut(many=True, source="actions.all")

    def get_allowed(self, incident: Incident) -> list[str]:
        return allowed_moves(incident.status)

    def get_tenants(self, incident: Incident) -> list[str]:
        return [link.tenant.slug for link in self._links(incident) if self._sees(link.tenant_id)]

    def get_other_tenants(self, incident: Incident) -> int:
        return sum(not self._sees(link.tenant_id) for link in self._links(incident))

    def get_resources(self, incident: Incident) -> list[str]:
        return [resource.key for resource in incident.resources.all() if self._sees(resource.tenant_id)]

    def get_next_word_due_at(self, incident: Incident) -> str | None:
        due = [
            link.word_clock.due_at
            for link in self._links(incident)
            if self._sees(link.tenant_id) and link.word_clock and link.word_clock.due_at
        ]
        return Moment().to_representation(min(due)) if due else None

    def _links(self, incident: Incident) -> list[Any]:
        return list(incident.tenant_links.all())

    def _sees(self, tenant_id: int | None) -> bool:
        return tenant_id is None or self.context["view"].actor.access.sees(tenant_id)


class UpdateOut(Output):
    id = serializers.CharField(source="pk")
    status = serializers.ChoiceField(choices=IncidentStatus.choices)
    seeing = serializers.CharField()
    doing = serializers.CharField()
    next_word = serializers.CharField()
    next_word_at = Moment(allow_null=True)
    public = serializers.BooleanField()
    published_at = Moment()
    by = serializers.CharField(source="by_name")


class DeclareIn(Input):
    title = Text(max_length=200)
    severity = Choice(choices=Severity.values)
    detected_by = Choice(choices=DetectedBy.values)
    tenants = serializers.ListField(child=Text(max_length=80), max_length=200, default=list)
    resources = serializers.ListField(child=Text(max_length=80), max_length=200, default=list)
    started_at = Moment(required=False)
    comms_channel = Text(max_length=120, required=False, allow_blank=True)
    public = Flag(default=False)


class UpdateIn(Input):
    seeing = Text()
    doing = Text()
    next_word = Text()
    next_word_at = Moment(required=False, allow_null=True)
    public = Flag(required=False)


class MoveIn(Input):
    """All that moves of an incident ask for; each takes its own and refuses what it needs and lacks."""

    reason = Text(required=False, allow_blank=True, default="")
    cause = Text(required=False)
    root_cause = Text(required=False)
    closing_word = Text(required=False)
    chain_level = Choice(choices=ChainLevel.values, required=False)


class ActionIn(Input):
    what = Text(max_length=300)
    owner = Text(max_length=150, help_text="Username of a colleague.")
    due_on = serializers.DateField()
    chain_level = Choice(choices=ChainLevel.values, required=False)


class RunbookOut(Output):
    id = serializers.CharField(source="pk")
    title = serializers.CharField()
    summary = serializers.CharField()
    tenant = serializers.SerializerMethodField()
    error_codes = serializers.ListField(child=serializers.CharField())
    steps = serializers.ListField(child=serializers.CharField())
    escalate_to = serializers.CharField()

    def get_tenant(self, runbook: Runbook) -> str | None:
        return runbook.tenant.slug if runbook.tenant else None


class RunIn(Input):
    tenant = Text(max_length=80)
    incident = IncidentRef(required=False)


class StepOut(Output):
    text = serializers.CharField()
    outcome = serializers.CharField(allow_null=True)
    note = serializers.CharField()
    by = serializers.CharField(allow_null=True)
    at = serializers.CharField(allow_null=True)


class RunOut(Output):
    id = serializers.CharField(source="pk")
    runbook = serializers.CharField(source="runbook_id")
    started_at = Moment()
    steps = StepOut(many=True)


class RotaOut(Output):
    day = serializers.DateField()
    desk = PersonOut(allow_null=True)
    on_call = PersonOut(many=True)
    gaps = serializers.ListField(child=serializers.DateField())
