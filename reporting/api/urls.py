from django.urls import path

from reporting.api.views import EventViewSet, MetricsViewSet

urlpatterns = [
    path("metrics/", MetricsViewSet.as_view({"get": "figures"}), name="metrics"),
    path("events/", EventViewSet.as_view({"get": "list"}), name="events"),
]
