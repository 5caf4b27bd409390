"""What models, their columns and rooms are called, in the reader's language.

Django takes most of these names from the code and marks none of them for translation. They are marked here, once all
models are loaded; migrations look at what a model's author wrote and see no difference.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.utils import translation
from django.utils.translation import gettext_lazy

ROOMS = frozenset({"config", "outbox", "tenants", "sla", "incidents", "cases", "reporting", "cadence"})


def named() -> Iterator[tuple[str, Any, str]]:
    """(where, what has a name, the attribute that holds it)."""
    for room in apps.get_app_configs():
        if room.label in ROOMS:
            yield room.label, room, "verbose_name"
    for model in apps.get_models():
        if model._meta.app_label in ROOMS:
            place = f"{model._meta.app_label}/{model._meta.model_name}"
            yield place, model._meta, "verbose_name"
            yield place, model._meta, "verbose_name_plural"
            for field in model._meta.concrete_fields:
                yield place, field, "verbose_name"


def mark_names() -> None:
    for _place, thing, attribute in named():
        with translation.override(None):
            name = str(getattr(thing, attribute))
        setattr(thing, attribute, gettext_lazy(name))
