from django.urls import path

from cases.pages.client import ClientFile, ClientPage
from cases.pages.outside import OutsidePage

app_name = "cases"

urlpatterns = [
    path("c/<str:signed>/", ClientPage.as_view(), name="client-link"),
    path("c/<str:signed>/files/<int:file>/", ClientFile.as_view(), name="client-file"),
    path("s/<str:signed>/", OutsidePage.as_view(), name="side-link"),
]
