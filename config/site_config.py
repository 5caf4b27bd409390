"""Makes the desk's own site the one that `admin.site` means."""

from django.contrib.admin.apps import AdminConfig


class DeskAdminConfig(AdminConfig):
    default_site = "config.site.DeskSite"
    default = False
