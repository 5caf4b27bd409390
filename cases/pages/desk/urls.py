"""The desk's pages, under /admin/desk/. Every one asks for a signed-in member of staff before it runs."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.urls import path
from django.views.generic import View

from cases.pages.desk.bulk import BulkPage, UndoPage
from cases.pages.desk.case import ActionView, CasePage, SayPage
from cases.pages.desk.drafts import DraftPage
from cases.pages.desk.explain import ExplainPage
from cases.pages.desk.files import FilePage
from cases.pages.desk.handing_over import HandOverPage, SuggestedMovePage
from cases.pages.desk.inbox import InboxPage, NoticeChoicePage, ReadAllPage, ReadNoticePage
from cases.pages.desk.joining import MergePage, RelatePage
from cases.pages.desk.live import CountsPage, LivePage
from cases.pages.desk.macros import MacroPage
from cases.pages.desk.people import NamesPage, PeoplePage
from cases.pages.desk.queue import NeighbourPage, QueuePage, TakePage, ViewPage
from cases.pages.desk.search import JumpPage, PalettePage, SearchPage
from cases.pages.desk.side_talks import SideDraftPage, SideTalkPage, StartSideTalkPage, UnsayPage
from cases.pages.desk.steps import StepPage
from cases.pages.desk.triage import TriagePage
from cases.pages.desk.undo import UnsendPage
from cases.pages.desk.views import DeleteViewPage, ViewFormPage, ViewsPage
from cases.pages.desk.working_time import TimePage

app_name = "desk"


def staff(page: type[View]) -> Callable[..., Any]:
    return admin.site.admin_view(page.as_view())


urlpatterns = [
    path("jump/", staff(JumpPage), name="jump"),
    path("live/", staff(LivePage), name="live"),
    path("counts/", staff(CountsPage), name="counts"),
    path("search/", staff(SearchPage), name="search"),
    path("search/palette/", staff(PalettePage), name="palette"),
    path("triage/", staff(TriagePage), name="triage"),
    path("queues/<slug:name>/", staff(QueuePage), name="queue"),
    path("views/", staff(ViewsPage), name="views"),
    path("views/new/", staff(ViewFormPage), name="view-new"),
    path("views/<int:pk>/", staff(ViewPage), name="view"),
    path("views/<int:pk>/edit/", staff(ViewFormPage), name="view-edit"),
    path("views/<int:pk>/delete/", staff(DeleteViewPage), name="view-delete"),
    path("bulk/<slug:action>/", staff(BulkPage), name="bulk"),
    path("bulk/<uuid:undone>/undo/", staff(UndoPage), name="bulk-undo"),
    path("time/", staff(TimePage), name="time"),
    path("time/<int:pk>/", staff(TimePage), name="time-of"),
    path("hand-over/<int:pk>/", staff(HandOverPage), name="hand-over"),
    path("inbox/", staff(InboxPage), name="inbox"),
    path("inbox/read/", staff(ReadAllPage), name="inbox-read"),
    path("inbox/told/", staff(NoticeChoicePage), name="notice-choice"),
    path("inbox/<int:pk>/", staff(ReadNoticePage), name="notice"),
    path("neighbour/<slug:way>/", staff(NeighbourPage), name="neighbour"),
    path("cases/<int:pk>/", staff(CasePage), name="case"),
    path("cases/<int:pk>/take/", staff(TakePage), name="take"),
    path("cases/<int:pk>/say/<slug:tab>/", staff(SayPage), name="say"),
    path("cases/<int:pk>/draft/<slug:tab>/", staff(DraftPage), name="draft"),
    path("cases/<int:pk>/unsend/<uuid:token>/", staff(UnsendPage), name="unsend"),
    path("cases/<int:pk>/macro/", staff(MacroPage), name="macro"),
    path("cases/<int:pk>/people/", staff(PeoplePage), name="people"),
    path("cases/<int:pk>/names/<slug:what>/", staff(NamesPage), name="names"),
    path("cases/<int:pk>/side/", staff(StartSideTalkPage), name="side-talks"),
    path("cases/<int:pk>/side/<int:talk>/", staff(SideTalkPage), name="side-talk"),
    path("cases/<int:pk>/side/<int:talk>/unsay/<uuid:token>/", staff(UnsayPage), name="unsay"),
    path("cases/<int:pk>/side/<int:talk>/draft/", staff(SideDraftPage), name="side-draft"),
    path("cases/<int:pk>/clocks/<int:clock>/", staff(ExplainPage), name="explain"),
    path("cases/<int:pk>/files/<int:file>/", staff(FilePage), name="file"),
    path("cases/<int:pk>/steps/<int:step>/", staff(StepPage), name="step"),
    path("cases/<int:pk>/merge/", staff(MergePage), name="merge"),
    path("cases/<int:pk>/relate/", staff(RelatePage), name="relate"),
    path("cases/<int:pk>/suggested/", staff(SuggestedMovePage), name="suggested-move"),
    path("cases/<int:pk>/<slug:action>/", staff(ActionView), name="action"),
]
