from django.urls import path

from cases.pages.client import ClientPage

app_name = "cases"

urlpatterns = [
    path("c/<str:signed>/", ClientPage.as_view(), name="client-link"),
]
