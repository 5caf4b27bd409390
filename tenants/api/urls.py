from rest_framework.routers import SimpleRouter

from tenants.api.views import RequesterViewSet, ResourceViewSet, TelemetryViewSet, TenantViewSet

router = SimpleRouter()
router.register("tenants", TenantViewSet, basename="tenant")
router.register("requesters", RequesterViewSet, basename="requester")
router.register("resources", ResourceViewSet, basename="resource")
router.register("telemetry", TelemetryViewSet, basename="telemetry")

urlpatterns = router.urls
