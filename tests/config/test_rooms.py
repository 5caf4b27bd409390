"""The order of the rooms where import-linter cannot look: foreign keys named by string."""

from django.apps import apps

DOWNWARDS = ["config", "outbox", "tenants", "sla", "incidents", "cases", "reporting", "cadence"]


def test_foreign_keys_point_down():
    rank = {label: place for place, label in enumerate(DOWNWARDS)}
    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and field.related_model and model._meta.app_label in rank
        if rank.get(field.related_model._meta.app_label, 0) > rank[model._meta.app_label]
    ]
    assert upward == []


def test_the_rooms_are_those_that_are_installed():
    installed = [config.name for config in apps.get_app_configs() if config.name in DOWNWARDS]
    assert sorted(installed) == sorted(DOWNWARDS)
