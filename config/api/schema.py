"""OpenAPI 3.1 from the views, with what the bases add to each operation: problems, scopes, keys, versions."""

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, is_basic_serializer
from rest_framework.serializers import SlugRelatedField

from config.api.problems import CONTENT_TYPE
from config.api.references import LOOKUP
from config.api.scopes import scope_of

PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; `errors` comes with 422.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "allowed": {"type": "array", "items": {"type": "string"}, "description": "With `transition-refused`."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
WORDS = {
    "400": "The request can't be read.",
    "401": "No valid token.",
    "403": "Out of the token's scopes, or no right to this.",
    "404": "Not there, or not in one's tenants; the answer is the same.",
    "406": "Only application/json is served.",
    "409": "The rules say no to this now; nothing changed.",
    "411": "Content-Length is missing.",
    "412": "If-Match names an older version.",
    "413": "The body is too large.",
    "415": "Not a media type that is taken here.",
    "422": "Read, but not valid; `errors` says what.",
    "429": "Too many requests; Retry-After says when.",
    "503": "The database is not available just now.",
}
_ALWAYS = ("400", "401", "403", "404", "406", "422", "429", "503")
_WITH_BODY = ("409", "411", "412", "413", "415")


class DeskSchema(AutoSchema):
    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        self._add_problems(operation)
        self._add_headers(operation)
        if scope := scope_of(self.view, self.method.lower()):
            operation["security"] = [{"bearer": []}]
            operation["x-scope"] = scope
            operation["description"] = f"{operation.get('description', '')}\n\nScope: `{scope}`.".strip()
        return operation

    def _add_problems(self, operation: dict[str, Any]) -> None:
        component = ResolvedComponent(name="Problem", type=ResolvedComponent.SCHEMA, object="Problem", schema=PROBLEM)
        self.registry.register_on_missing(component)
        writes = self.method in ("POST", "PUT", "PATCH", "DELETE")
        for status in (*_ALWAYS, *(_WITH_BODY if writes else ())):
            operation["responses"].setdefault(
                status, {"description": WORDS[status], "content": {CONTENT_TYPE: {"schema": component.ref}}}
            )

    def _add_headers(self, operation: dict[str, Any]) -> None:
        parameters = operation.setdefault("parameters", [])
        handler = getattr(self.view, getattr(self.view, "action", None) or self.method.lower(), None)
        if getattr(handler, "idempotent", False):
            parameters.append(
                _header("Idempotency-Key", "The same key and body is answered as the first time, for 24 hours.", 255)
            )
        if getattr(handler, "conditional", False):
            parameters.append(_header("If-Match", "The ETag one has read; 412 when it is stale.", 100))
        for parameter in parameters:
            if parameter["in"] == "path" and parameter["schema"].get("type") == "string":
                parameter["schema"].setdefault("pattern", f"^{LOOKUP}$")

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        if isinstance(field, SlugRelatedField):
            return {"type": "string"}  # also where no model says so
        return super()._map_serializer_field(field, direction, bypass_extensions)

    def _get_filter_parameters(self) -> Any:
        return super()._get_filter_parameters() if getattr(self.view, "filterset_class", None) else []

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """With the room before it: two rooms may call a body the same."""
        room = type(serializer).__module__.partition(".")[0]
        name: str = super().get_serializer_name(serializer, direction)
        return name if room == "rest_framework" else room.capitalize() + name

    def _is_list_view(self, serializer: Any = None) -> bool:
        """A list is what a view calls one (`many=True`); an answer that is one object is one, in `list` as well."""
        return super()._is_list_view(serializer) and (serializer is None or not is_basic_serializer(serializer))

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0]]


def _header(name: str, description: str, longest: int) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": longest, "pattern": "^[!-~]+$"}
    return {"name": name, "in": "header", "description": description, "schema": schema}


@cache
def document() -> dict[str, Any]:
    """The whole schema. It depends on the code alone, so once a process is enough."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    schema["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    return schema
