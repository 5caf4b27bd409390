"""`/search/`: what the search box of the desk finds, for who works the desk."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.domain.finding.finding import find
from cases.domain.finding.found import Found, Hit, Kind
from cases.domain.finding.snippets import Text, plain
from config.api.fields import Moment, Output
from config.api.views import DeskViewSet
from config.errors import Invalid
from tenants.enums import Right, TokenScope

OF_EACH = 20
KNOWN = ("q", "kind", "literally")
OF_INCIDENTS = (Kind.INCIDENTS, Kind.RUNBOOKS)  # for a token that may read incidents


class HitOut(Output):
    """`id` is what the API and the desk call it: a case's reference, a tenant's slug. `found`: the words that were
    searched for, as they stand in `name` and `text`.
    """

    id = serializers.SerializerMethodField()
    name = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()
    found = serializers.SerializerMethodField()
    about = serializers.ListField(child=serializers.CharField())
    priority = serializers.CharField(source="mark")
    open = serializers.BooleanField(source="is_open")
    at = Moment(allow_null=True)

    def get_id(self, hit: Hit) -> str:
        return hit.reference or hit.key

    def get_name(self, hit: Hit) -> str:
        return plain(hit.name)

    def get_text(self, hit: Hit) -> str:
        return plain(hit.text)

    def get_found(self, hit: Hit) -> list[str]:
        pieces: Text = (*hit.name, *hit.text)
        return list(dict.fromkeys(piece for piece, is_word in pieces if is_word))


class SectionOut(Output):
    """`total`: how many there are; with `more`, at least so many."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    total = serializers.IntegerField()
    more = serializers.BooleanField(source="cut")
    results = HitOut(many=True, source="hits")


class FoundOut(Output):
    """`instead`: {a word as it was written: the word that was searched for}."""

    instead = serializers.DictField(child=serializers.CharField())
    sections = SectionOut(many=True)


class SearchViewSet(DeskViewSet):
    scopes = {"everything": "cases:read"}
    serializer_class = FoundOut

    def tenant_ids_of(self, row: Any) -> Iterable[int | None]:
        return row.tenant_ids if isinstance(row, Hit) else []

    @extend_schema(
        parameters=[
            OpenApiParameter("q", OpenApiTypes.STR, required=True, description="Words, codes, and keys: tenant:acme."),
            OpenApiParameter("kind", OpenApiTypes.STR, enum=Kind.values, description="Only of this kind."),
            OpenApiParameter("literally", OpenApiTypes.BOOL, description="No word is put right."),
        ],
        responses=FoundOut,
        operation_id="search_retrieve",
    )
    def everything(self, request: Request) -> Response:
        """The best 20 of each kind. Incidents and runbooks are looked for with the scope `incidents:read`."""
        self.actor.require_any(Right.SEE_CASES)
        if unknown := sorted(set(request.query_params) - set(KNOWN)):
            raise Invalid(f"Known here: {', '.join(KNOWN)}.", field=unknown[0][:50], code="unknown")
        found = self._found(request.query_params.get("q", "").strip())
        self.note(found.of_tenants)
        return Response(FoundOut(found, context=self.get_serializer_context()).data)

    def _found(self, line: str) -> Found:
        kinds, literally = self._kinds(), self.request.query_params.get("literally", "") in ("true", "1")
        at = timezone.localtime(self.at)
        try:
            found = find(line, actor=self.actor, at=at, size=OF_EACH, kinds=kinds, literally=literally)
        except Invalid as refusal:
            raise Invalid(refusal.message, field="q") from refusal
        if not found.asks.words:
            raise Invalid("Say a word to search for; keys alone narrow a list.", field="q", code="required")
        return found

    def _kinds(self) -> list[Kind]:
        asked = self.request.query_params.get("kind")
        if asked is not None and asked not in Kind.values:
            raise Invalid(f"One of {', '.join(Kind.values)}.", field="kind", code="unknown")
        reads_incidents = self.actor.access.has_scope(TokenScope.INCIDENTS_READ)
        allowed = [kind for kind in Kind if reads_incidents or kind not in OF_INCIDENTS]
        return [kind for kind in allowed if asked in (None, kind.value)]
