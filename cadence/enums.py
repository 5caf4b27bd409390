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


class SummaryStatus(TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


class SummarySection(TextChoices):
    RESOLVED = "resolved", _("Resolved by L2")
    TO_L3 = "to_l3", _("Escalated to L3")


class PatternKind(TextChoices):
    ERROR = "error", _("Error code")
    ABOUT = "about", _("Category and resource")
