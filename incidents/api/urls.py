from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from config.api.references import LOOKUP
from incidents.api.views import MOVES, IncidentViewSet, RotaViewSet, RunbookViewSet

router = SimpleRouter()
router.register("incidents", IncidentViewSet, basename="incident")
router.register("runbooks", RunbookViewSet, basename="runbook")

urlpatterns = [
    path("rota/today/", RotaViewSet.as_view({"get": "today"}), name="rota-today"),
    *[
        re_path(
            rf"^incidents/(?P<ref>{LOOKUP})/{move}/$",
            IncidentViewSet.as_view({"post": "move"}),
            kwargs={"move": move},
            name=f"incident-{move}",
        )
        for move in MOVES
    ],
    *router.urls,
]
