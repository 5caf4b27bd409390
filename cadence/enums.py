from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class UpdateStatus(TextChoices):
    DRAFT = "draft", _("Draft")
    SENT = "sent", _("Sent")


class WorkState(TextChoices):
    SHIPPED = "shipped", _("Shipped")
    IN_PROGRESS = "in_progress", _("In progress")
    BLOCKED = "blocked", _("Blocked")


class WorkKind(TextChoices):
    VALUE = "value", _("Value: what was asked for")
    REWORK = "rework", _("Rework: what had to be done again")
