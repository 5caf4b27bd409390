from django.urls import path

from outbox.pages.sent import SentHtml, SentList, SentMessage, staff
from outbox.pages.unheard import UnheardList

app_name = "outbox"
urlpatterns = [
    path("admin/desk/sent/", staff(SentList), name="sent"),
    path("admin/desk/unheard/", staff(UnheardList), name="unheard"),
    path("admin/desk/sent/<int:pk>/", staff(SentMessage), name="message"),
    path("admin/desk/sent/<int:pk>/html/", staff(SentHtml), name="html"),
]
