"""The schema as a document for programs and as a page for people, both public and without parts from elsewhere."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from config.api.problems import plain_answer
from config.api.schema import document


@csrf_exempt
def schema(request: HttpRequest) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return plain_answer(405, "The schema is read with GET.")
    response = JsonResponse(document(), json_dumps_params={"ensure_ascii": False})
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    return render(request, "config/api_reference.html", {"title": document()["info"]["title"], "groups": groups()})


def groups() -> list[dict[str, Any]]:
    """The operations by tag, in the order of the schema, each with what the page shows of it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append(_shown(path, method, operation))
    return [{"name": name, "operations": operations} for name, operations in found.items()]


def _shown(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    media_type = next(iter(content), "")
    schema = content[media_type]["schema"] if content else {}
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "description": operation.get("description", ""),
        "parameters": [
            {**parameter, "type": _type(parameter["schema"])} for parameter in operation.get("parameters", [])
        ],
        "fields": _fields(schema),
        "curl": _curl(path, method, media_type, schema),
        "answers": [
            {
                "status": status,
                "words": answer.get("description", ""),
                "fields": _fields(_answered(answer)) if status < "300" else [],
            }
            for status, answer in sorted(operation["responses"].items())
        ],
    }


def _answered(answer: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = answer.get("content", {})
    return next((media["schema"] for media in content.values()), {})


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while name := schema.get("$ref"):
        schema = document()["components"]["schemas"][name.rsplit("/", 1)[1]]
    return schema


def _fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    schema = _resolved(schema)
    required = set(schema.get("required", ()))
    return [
        {
            "name": name,
            "type": _type(inner),
            "required": name in required,
            "description": inner.get("description") or _resolved(inner).get("description", ""),
        }
        for name, inner in schema.get("properties", {}).items()
    ]


def _type(schema: dict[str, Any]) -> str:
    schema = _resolved(schema)
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"] if value not in (None, ""))
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return " or ".join(_type(inner) for inner in schema[several])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{words} ({schema['format']})" if schema.get("format") else words


def _curl(path: str, method: str, media_type: str, schema: dict[str, Any]) -> str:
    lines = [f"curl -X {method.upper()} '{settings.DESK_URL}{path}'", '  -H "Authorization: Bearer $DESK_TOKEN"']
    if media_type == "multipart/form-data":
        lines.append("  -F file=@report.txt")
    elif media_type:
        lines += ["  -H 'Content-Type: application/json'", f"  -d '{json.dumps(_example(schema))}'"]
    return " \\\n".join(lines)


def _example(schema: dict[str, Any]) -> Any:
    schema = _resolved(schema)
    if "example" in schema:
        return schema["example"]
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return _example(schema[several][0])
    if schema.get("type") == "object":
        required = schema.get("required", ())
        return {name: _example(inner) for name, inner in schema.get("properties", {}).items() if name in required}
    if schema.get("type") == "array":
        return [_example(schema.get("items", {}))]
    return {"integer": 1, "number": 1.5, "boolean": True, "string": "…"}.get(str(schema.get("type")))
