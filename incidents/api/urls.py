from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from config.api.references import LOOKUP
from incidents.api.views import MOVES, TICKS, IncidentViewSet, RotaViewSet, RunbookViewSet

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
    re_path(
        rf"^incidents/(?P<ref>{LOOKUP})/actions/$",
        IncidentViewSet.as_view({"post": "add_action"}),
        name="incident-actions",
    ),
    *[
        re_path(
            rf"^incidents/(?P<ref>{LOOKUP})/actions/(?P<action_id>[0-9]{{1,18}})/{tick}/$",
            IncidentViewSet.as_view({"post": "tick_action"}),
            kwargs={"tick": tick},
            name=f"incident-action-{tick}",
        )
        for tick in TICKS
    ],
    *router.urls,
]
