from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Backlog(TextChoices):
    RELIABILITY = "reliability", _("Reliability: defects")
    PRODUCT = "product", _("Product: feature gaps")
    DOCS = "docs", _("Docs: missing guides")
