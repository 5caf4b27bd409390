from rest_framework.routers import SimpleRouter

from sla.api.views import AlertViewSet, CalendarViewSet, PolicyViewSet

router = SimpleRouter()
router.register("sla/policies", PolicyViewSet, basename="policy")
router.register("sla/calendars", CalendarViewSet, basename="calendar")
router.register("alerts", AlertViewSet, basename="alert")

urlpatterns = router.urls
