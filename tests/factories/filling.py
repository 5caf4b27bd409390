"""Fields of a desk's own and checklists, as the admin would have made them."""

from cases.models import Category, ChecklistTemplate, CustomField


def custom_field(key="region", *, kind="choice", categories=(), **values):
    """A choice of eu and us, asked of every case and not required, unless said otherwise; categories by slug."""
    if kind in ("choice", "choices"):
        values.setdefault("choices", ["eu", "us"])
    field = CustomField.objects.create(**{"key": key, "label": key.capitalize(), "kind": kind, **values})
    field.categories.set(Category.objects.filter(slug__in=categories))
    return field


def checklist(name="Handover", *, steps=("Look", "Ask"), category="", **values):
    for_category = Category.objects.get(slug=category) if category else None
    return ChecklistTemplate.objects.create(name=name, steps=list(steps), for_category=for_category, **values)
