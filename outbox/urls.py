from django.urls import path

from outbox.pages.sent import SentHtml, SentList, SentMessage, staff

app_name = "outbox"
urlpatterns = [
    path("admin/desk/sent/", staff(SentList), name="sent"),
    path("admin/desk/sent/<int:pk>/", staff(SentMessage), name="message"),
    path("admin/desk/sent/<int:pk>/html/", staff(SentHtml), name="html"),
]
