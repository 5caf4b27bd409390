"""Every address of the desk. Rooms are named by string only."""

from django.contrib import admin
from django.urls import include, path

from config.api.urls import urlpatterns as api_urlpatterns
from config.home import home
from config.login import SignIn

ROOMS = ["outbox", "tenants", "sla", "incidents", "cases", "reporting", "cadence"]

urlpatterns = [
    path("", home, name="home"),
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("admin/desk/", include("cases.pages.desk.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include([*[path("", include(f"{room}.api.urls")) for room in ROOMS], *api_urlpatterns])),
    *[path("", include(f"{room}.urls")) for room in ROOMS],
]

handler400 = "config.api.fallbacks.bad_request"
handler403 = "config.api.fallbacks.permission_denied"
handler404 = "config.api.fallbacks.page_not_found"
handler500 = "config.api.fallbacks.server_error"
