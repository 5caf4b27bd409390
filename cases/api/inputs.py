"""What a caller may say about cases. Names on the left are the API's; `source` is the door's argument."""

from typing import Any, ClassVar

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cases.enums import SPOKEN, ClosedAs, Level, OpenedBy, Priority, Severity
from config.api.fields import Choice, Flag, Input, Moment, PlainObject, Reference, RowId, Text
from incidents.api.serializers import IncidentRef

ID = {
    "oneOf": [
        {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
        {"type": "string", "pattern": "^[1-9][0-9]{0,17}$"},
    ]
}
LONG = 100_000  # characters of a message or description
MOST_FIELDS = 200


class PersonRef(Input):
    email = serializers.EmailField(max_length=254)
    name = Text(max_length=200, required=False)


@extend_schema_field(
    {
        "oneOf": [
            ID,
            {
                "type": "object",
                "required": ["email"],
                "additionalProperties": False,
                "properties": {
                    "email": {"type": "string", "format": "email", "maxLength": 254},
                    "name": {"type": "string", "minLength": 1, "maxLength": 200},
                },
            },
        ]
    }
)
class RequesterRef(serializers.Field[Any, Any, Any, Any]):
    """A requester's id, or `{"email", "name"?}`."""

    def to_internal_value(self, data: Any) -> int | dict[str, str]:
        if isinstance(data, dict):
            person = PersonRef(data=data)
            person.is_valid(raise_exception=True)
            email = person.validated_data["email"]
            return {"email": email, "name": person.validated_data.get("name", email.partition("@")[0])}
        return RowId().run_validation(data)


class CaseRef(Reference):
    prefix = "CASE"


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
            {"type": "string", "minLength": 1, "maxLength": 150},
        ]
    }
)
class ColleagueRef(serializers.Field[Any, Any, Any, Any]):
    """A colleague's user name or id."""

    def to_internal_value(self, data: Any) -> int | str:
        return Text(max_length=150).run_validation(data) if isinstance(data, str) else RowId().run_validation(data)


class External(Input):
    system = Text(max_length=80)
    id = Text(max_length=200)


def texts(longest: int, *, most: int) -> serializers.ListField:
    return serializers.ListField(child=Text(max_length=longest), max_length=most, required=False)


class OwnFields(PlainObject):
    """The desk's own fields by key, each as its kind has it; null empties one. What is not given stays."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "The desk's own fields by key; null empties one.")
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and len(data) > MOST_FIELDS:
            raise serializers.ValidationError(f"At most {MOST_FIELDS} fields.", code="max_length")
        return super().to_internal_value(data)


class OpenIn(Input):
    tenant = Text(max_length=50, help_text="The tenant's slug.")
    requester = RequesterRef(required=False, help_text="Who asks; a client's token asks for itself.")
    subject = Text(max_length=500)
    description = Text(max_length=LONG, allow_blank=True)
    channel = Text(
        max_length=40,
        required=False,
        validators=[RegexValidator(r"\A[a-z0-9_-]{1,40}\Z")],
        help_text="Where it came in.",
    )
    opened_by = Choice(choices=OpenedBy.choices, required=False)
    severity = Choice(choices=Severity.choices, required=False)
    impact = Text(max_length=200, required=False, allow_blank=True)
    category = Text(max_length=80, required=False, help_text="A category's slug.")
    tags = texts(80, most=50)
    error_ids = texts(200, most=50)
    trace_links = texts(2000, most=50)
    telemetry = PlainObject(required=False)
    resources = serializers.ListField(child=RowId(), max_length=100, required=False, source="resource_ids")
    external = External(required=False, help_text="Its name in another system; unique there.")
    priority = Choice(choices=Priority.choices, required=False, help_text="Proposed by rules when absent.")
    needed_by = Moment(required=False, allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "fields": OwnFields(required=False, source="own_fields")}


class EditIn(Input):
    """Only what is given changes."""

    subject = Text(max_length=500, required=False)
    description = Text(max_length=LONG, required=False, allow_blank=True)
    category = Text(max_length=80, required=False, allow_null=True)
    tags = texts(80, most=50)
    error_ids = texts(200, most=50)
    trace_links = texts(2000, most=50)
    telemetry = PlainObject(required=False)
    severity = Choice(choices=["", *Severity.values], required=False)
    impact = Text(max_length=200, required=False, allow_blank=True)
    needed_by = Moment(required=False, allow_null=True)
    priority = Choice(choices=Priority.choices, required=False)
    tier = Choice(choices=["standard", "premium", "enterprise"], required=False)
    owner = ColleagueRef(required=False, allow_null=True, help_text="Null puts the case back.")
    reason = Text(max_length=2000, required=False, help_text="Why priority, tier or owner change.")

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "fields": OwnFields(required=False)}


class ReasonIn(Input):
    reason = Text(max_length=LONG, required=False, allow_blank=True)


class NeedsReasonIn(Input):
    reason = Text(max_length=LONG)


class AcceptIn(ReasonIn):
    priority = Choice(choices=Priority.choices, required=False, help_text="The proposed one when absent.")
    owner = ColleagueRef(required=False, help_text="Oneself when absent.")
    tier = Choice(choices=["standard", "premium", "enterprise"], required=False)
    note = Text(max_length=LONG, required=False, allow_blank=True)


class WaitIn(ReasonIn):
    ask = Text(max_length=LONG, help_text="What we need to know. Sent to the customer.")
    send_as = Flag(required=False, help_text="From new or triage: run the moves in between first, each logged.")
    attachments = serializers.ListField(child=RowId(), max_length=20, required=False, source="attachment_ids")


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "minLength": 1, "maxLength": 2000},
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": False,
                "properties": {
                    "text": {"type": "string", "minLength": 1, "maxLength": 2000},
                    "link": {"type": "string", "format": "uri", "maxLength": 2000},
                    "attachment": ID,
                },
            },
        ]
    }
)
class Evidence(serializers.Field[Any, Any, Any, Any]):
    """A text, or one of `{"text"}`, `{"link"}`, `{"attachment": id}`."""

    kinds: ClassVar[dict[str, serializers.Field[Any, Any, Any, Any]]] = {
        "text": Text(max_length=2000),
        "link": serializers.URLField(max_length=2000),
        "attachment": RowId(),
    }

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            if len(data) != 1 or next(iter(data)) not in self.kinds:
                raise serializers.ValidationError("One of text, link or attachment.", code="invalid")
            kind, value = next(iter(data.items()))
            return {kind: self.kinds[kind].run_validation(value)}
        return Text(max_length=2000).run_validation(data)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "enum": ["none needed"]},
            {
                "type": "array",
                "minItems": 1,
                "maxItems": 50,
                "items": {"type": "string", "minLength": 1, "maxLength": 2000},
            },
        ]
    }
)
class PreventiveActions(serializers.Field[Any, Any, Any, Any]):
    """A list of what will keep it from happening again, or `"none needed"`."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str):
            if data.strip().lower() == "none needed":
                return "none needed"
            raise serializers.ValidationError('A list of texts, or "none needed".', code="invalid")
        actions = serializers.ListField(child=Text(max_length=2000), allow_empty=False, max_length=50)
        return actions.run_validation(data)


class ResolveIn(ReasonIn):
    summary = Text(max_length=LONG, help_text="What was wrong and what was done. Sent to the customer.")
    validated = Text(max_length=LONG, help_text="How we know that it works.")
    evidence = serializers.ListField(child=Evidence(), allow_empty=False, max_length=50)
    preventive_actions = PreventiveActions()
    send_as = Flag(required=False, help_text="From new or triage: run the moves in between first, each logged.")
    attachments = serializers.ListField(child=RowId(), max_length=20, required=False, source="attachment_ids")

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "fields": OwnFields(required=False)}


class CloseIn(NeedsReasonIn):
    """A resolved case closes with a reason; an open one only `as` spam, duplicate (`of` another) or withdrawn."""

    of = CaseRef(required=False, help_text="With `as: duplicate`: the case it doubles.")

    def get_fields(self) -> dict[str, Any]:
        closings = [ClosedAs.SPAM, ClosedAs.DUPLICATE, ClosedAs.WITHDRAWN]
        return {**super().get_fields(), "as": Choice(choices=[c.value for c in closings], required=False, source="as_")}


class MergeIn(ReasonIn):
    into = CaseRef(help_text="The case that goes on, of the same tenant.")


class SplitIn(Input):
    interactions = serializers.ListField(
        child=RowId(),
        allow_empty=False,
        max_length=200,
        source="interaction_ids",
        help_text="Public messages of the case, at least one of the client's.",
    )
    subject = Text(max_length=500, required=False, help_text="That of the old case when absent.")


class LinkIn(Input):
    case = CaseRef(source="other_id", help_text="The related case, of the same tenant.")


class Target(Input):
    at = Moment()
    who = Text(max_length=200, help_text="Who at the client was told.")


class EscalateIn(ReasonIn):
    to = Choice(choices=Level.choices)
    known_issues_searched = Flag(required=False)
    target = Target(required=False, allow_null=True)


class InteractionIn(Input):
    body = Text(max_length=LONG, trim_whitespace=False)
    kind = Choice(choices=SPOKEN, required=False, help_text="`message` when absent.")
    public = Flag(required=False, help_text="Whether the client reads it. When absent: messages yes, all else no.")
    on_behalf_of = RequesterRef(required=False, help_text="Staff: the requester whose words these are.")
    attachments = serializers.ListField(child=RowId(), max_length=20, required=False, source="attachment_ids")
    data = PlainObject(  # type: ignore[assignment]  # a declared field is no attribute
        required=False, help_text="What an action did, as a fact: what, before, after, undo, until."
    )


class DeclareIn(Input):
    """What is not given comes from the case."""

    title = Text(max_length=200, required=False)
    severity = Choice(choices=Severity.choices, required=False)
    public = Flag(required=False)


class IncidentLinkIn(Input):
    """One of the two."""

    incident = IncidentRef(required=False, help_text="The incident's reference or id.")
    declare = DeclareIn(required=False, help_text="A new incident from the case.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError("Name an incident or declare one.", code="one-of")
        return attrs
