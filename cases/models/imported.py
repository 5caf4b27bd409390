from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportedSource(models.Model):
    """Another system whose log was imported, and what tells its rows apart.

    The columns are those that the first import read: a mapping that reads more later on does not make known rows new.
    """

    name = models.CharField(max_length=80, unique=True)
    rows = models.CharField(max_length=10, help_text=_("event or case: what a row of it is"))
    columns = ArrayField(models.CharField(max_length=300))
    first_imported_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
