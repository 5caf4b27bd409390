"""Every address of the desk. Rooms are named by string only."""

from django.contrib import admin
from django.urls import include, path

ROOMS = ["outbox", "tenants", "sla", "incidents", "cases", "reporting", "cadence"]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include([path("", include(f"{room}.api.urls")) for room in ROOMS])),
    *[path("", include(f"{room}.urls")) for room in ROOMS],
]
