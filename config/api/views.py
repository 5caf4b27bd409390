"""The base of every REST view: body → plain values → one domain call → body.

Attributes that the authentication sets on the request: `user`, `auth` (the token), `actor` (who acts, for `by=`).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, ClassVar

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.module_loading import import_string
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from config.api import versions
from config.api.idempotency import idempotency_key, once
from config.api.parsers import declared_length
from config.api.query_string import check_query_string


class DeskViewSet(GenericViewSet[Any]):
    """`scopes`: action → scope, all of them (see HasScope). For lists also `orderings`, `default_ordering` and
    `filterset_class`; `other_parameters` are query parameters that a list reads itself.

    `shown` and `listed` write down whose data was seen (settings.API_NOTE_VIEW): a view that answers otherwise calls
    `note` itself.
    """

    scopes: ClassVar[Mapping[str, str]] = {}
    orderings: ClassVar[Mapping[str, str]] = {"id": "pk"}
    default_ordering: ClassVar[str] = "-id"
    other_parameters: ClassVar[frozenset[str]] = frozenset()
    at: datetime  # when the request came: the one reading of the clock that its domain call gets

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [import_string(settings.API_AUTHENTICATION)()]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.at = timezone.now()
        super().initial(request, *args, **kwargs)
        declared_length(request.META)
        check_query_string(request._request)

    def get_queryset(self) -> QuerySet[Any]:
        """What the filters speak of, for the schema; rows come from the domain."""
        filterset: Any = getattr(self, "filterset_class")  # noqa: B009  views of lists have one
        return filterset._meta.model._default_manager.none()

    @property
    def actor(self) -> Any:
        return self.request.actor  # type: ignore[attr-defined]

    @property
    def expected_version(self) -> int | None:
        return versions.expected_version(self.request)

    def note(self, rows: Iterable[Any]) -> None:
        """For the access log: these rows are put before the caller."""
        seen = list(rows)
        if seen:
            note_view = import_string(settings.API_NOTE_VIEW)
            note_view(self.request, {tenant_id for row in seen for tenant_id in self.tenant_ids_of(row)}, len(seen))

    def tenant_ids_of(self, row: Any) -> Iterable[int | None]:
        """Whose row it is; for rows of several tenants, all of them."""
        return [getattr(row, "tenant_id", None)]

    def values(self, serializer_class: type[BaseSerializer[Any]], **kwargs: Any) -> dict[str, Any]:
        """The body as plain values. Raises ValidationError (422)."""
        serializer = serializer_class(data=self.request.data, context=self.get_serializer_context(), **kwargs)
        serializer.is_valid(raise_exception=True)
        values: dict[str, Any] = serializer.validated_data
        return values

    def shown(
        self, serializer_class: type[BaseSerializer[Any]], row: Any, *, status: int = 200, version: int | None = None
    ) -> Response:
        """One object as an answer, with its `ETag` when it has a version."""
        self.note([row])
        headers = {} if version is None else {"ETag": versions.etag(version)}
        data = serializer_class(row, context=self.get_serializer_context()).data
        return Response(data, status=status, headers=headers)

    def listed(
        self,
        serializer_class: type[BaseSerializer[Any]],
        queryset: Any,
        *,
        prepare: Callable[[list[Any]], Any] | None = None,
    ) -> Response:
        """One page of a list. `prepare` sees the page's rows before they are shown and answers what to show instead."""
        rows = self.paginate_queryset(self.filter_queryset(queryset)) or []
        self.note(rows)
        shown = rows if prepare is None else prepare(list(rows))
        data = serializer_class(shown, many=True, context=self.get_serializer_context()).data
        return self.get_paginated_response(data)


def idempotent(handler: Callable[..., Response]) -> Callable[..., HttpResponseBase]:
    """Marks an action that creates or moves: honours `Idempotency-Key`."""

    @wraps(handler)
    def run(view: DeskViewSet, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = idempotency_key(request)
        if key is None:
            return handler(view, request, *args, **kwargs)

        def work() -> Response:
            try:
                with transaction.atomic():
                    return handler(view, request, *args, **kwargs)
            except Exception as exc:  # noqa: BLE001  handle_exception raises again what is a bug
                return view.handle_exception(exc)

        return once(request=request, key=key, at=view.at, work=work)

    run.idempotent = True  # type: ignore[attr-defined]  # read by the schema
    return run


def conditional(handler: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Marks an action that hands `self.expected_version` to its door, so that the schema shows `If-Match`."""
    handler.conditional = True  # type: ignore[attr-defined]
    return handler
