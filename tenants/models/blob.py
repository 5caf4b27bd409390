from django.db import models
from django.db.models import Q

from tenants.models.tenant import TenantOwned


class Blob(TenantOwned):
    """A stored file. The bytes lie under BLOB_ROOT at `path`, shared by equal files of one tenant.

    Who may see it is decided by what links to it (a message of a case …), in higher rooms.
    """

    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(help_text="bytes")
    name = models.CharField(max_length=200, help_text="sanitised; for the download only")
    content_type = models.CharField(max_length=127, help_text="sniffed from the content")
    path = models.CharField(max_length=200, help_text="below BLOB_ROOT")
    stored_at = models.DateTimeField()
    uploaded_by_label = models.CharField(max_length=40)

    class Meta:
        ordering = ["-stored_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="blob_digest_is_sha256", condition=Q(sha256__regex=r"^[0-9a-f]{64}$"))
        ]
        indexes = [
            models.Index(name="blob_path", fields=["path"]),
            models.Index(name="blob_stored", fields=["stored_at"]),
        ]

    def __str__(self) -> str:
        return self.name
