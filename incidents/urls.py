"""Pages for clients: the status page, its documents and its feed, at the addresses that clients know."""

from django.urls import path

from incidents.pages import status

app_name = "status"
urlpatterns = [
    path("status/", status.page, name="page"),
    path("status/incidents/<int:pk>/", status.incident, name="incident"),
    path("status/<slug:slug>/", status.tenant_page, name="tenant"),
    path("api/v2/<path:name>.json", status.document, name="document"),
    path("history.atom", status.atom, name="atom"),
]
