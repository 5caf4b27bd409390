from typing import Any

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from cases.api.attachments import AttachmentViewSet
from cases.api.cases import CaseViewSet
from cases.api.conversation import InteractionViewSet, TransitionViewSet
from cases.api.explaining import ExplainViewSet
from cases.api.incidents import IncidentLinkViewSet
from cases.api.links import LinkViewSet
from cases.api.participants import ParticipantViewSet
from cases.api.search import SearchViewSet
from cases.api.side_conversations import SideConversationViewSet, SideMessageViewSet
from cases.api.time_spent import TimeViewSet

LIST_AND_CREATE: dict[str, Any] = {"get": "list", "post": "create"}

router = SimpleRouter()
router.register("cases", CaseViewSet, basename="case")

urlpatterns: list[URLPattern | URLResolver] = [
    path("cases/<slug:ref>/interactions/", InteractionViewSet.as_view(LIST_AND_CREATE), name="case-interactions"),
    path("cases/<slug:ref>/transitions/", TransitionViewSet.as_view({"get": "list"}), name="case-transitions"),
    path(
        "cases/<slug:ref>/clocks/<slug:kind>/explain/", ExplainViewSet.as_view({"get": "retrieve"}), name="case-explain"
    ),
    path("cases/<slug:ref>/attachments/", AttachmentViewSet.as_view(LIST_AND_CREATE), name="case-attachments"),
    path(
        "cases/<slug:ref>/attachments/<int:attachment_id>/",
        AttachmentViewSet.as_view({"get": "retrieve"}),
        name="case-attachment",
    ),
    path("cases/<slug:ref>/incidents/", IncidentLinkViewSet.as_view({"post": "create"}), name="case-incidents"),
    path(
        "cases/<slug:ref>/incidents/<slug:incident>/",
        IncidentLinkViewSet.as_view({"delete": "destroy"}),
        name="case-incident",
    ),
    path("cases/<slug:ref>/links/", LinkViewSet.as_view(LIST_AND_CREATE), name="case-links"),
    path("cases/<slug:ref>/links/<int:link>/", LinkViewSet.as_view({"delete": "destroy"}), name="case-link"),
    path("cases/<slug:ref>/time/", TimeViewSet.as_view(LIST_AND_CREATE), name="case-times"),
    path("cases/<slug:ref>/time/<int:entry>/retract/", TimeViewSet.as_view({"post": "retract"}), name="case-untime"),
    path("cases/<slug:ref>/participants/", ParticipantViewSet.as_view(LIST_AND_CREATE), name="case-participants"),
    path(
        "cases/<slug:ref>/participants/<int:participant>/",
        ParticipantViewSet.as_view({"delete": "destroy"}),
        name="case-participant",
    ),
    path(
        "cases/<slug:ref>/side-conversations/",
        SideConversationViewSet.as_view(LIST_AND_CREATE),
        name="case-side-conversations",
    ),
    path(
        "cases/<slug:ref>/side-conversations/<int:talk>/",
        SideConversationViewSet.as_view({"get": "retrieve"}),
        name="case-side-conversation",
    ),
    path(
        "cases/<slug:ref>/side-conversations/<int:talk>/messages/",
        SideMessageViewSet.as_view(LIST_AND_CREATE),
        name="case-side-messages",
    ),
    path(
        "cases/<slug:ref>/side-conversations/<int:talk>/close/",
        SideConversationViewSet.as_view({"post": "close"}),
        name="case-side-close",
    ),
    path(
        "cases/<slug:ref>/side-conversations/<int:talk>/reopen/",
        SideConversationViewSet.as_view({"post": "reopen"}),
        name="case-side-reopen",
    ),
    path("search/", SearchViewSet.as_view({"get": "everything"}), name="search"),
    *router.urls,
]
