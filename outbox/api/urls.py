from rest_framework.routers import SimpleRouter

from outbox.api.changes import ChangeViewSet

router = SimpleRouter()
router.register("changes", ChangeViewSet, basename="change")

urlpatterns = router.urls
