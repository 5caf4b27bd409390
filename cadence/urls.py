from django.contrib import admin
from django.urls import path

from cadence.pages.chain_review import ReviewPage
from cadence.pages.level_week import WeekPage
from cadence.pages.missing import MissingPage

app_name = "cadence"
urlpatterns = [
    path("admin/desk/weeks-of-l2/<int:pk>/", admin.site.admin_view(WeekPage.as_view()), name="week"),
    path("admin/desk/chain-reviews/<int:pk>/", admin.site.admin_view(ReviewPage.as_view()), name="review"),
    path("admin/desk/weekly-updates/missing/", admin.site.admin_view(MissingPage.as_view()), name="missing"),
]
