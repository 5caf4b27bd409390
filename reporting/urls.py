from django.contrib import admin
from django.urls import path

from reporting.pages import metrics, time_spent

app_name = "reporting"
urlpatterns = [
    path("admin/desk/reports/", admin.site.admin_view(metrics.page), name="metrics"),
    path("admin/desk/reports/time.csv", admin.site.admin_view(time_spent.table), name="time"),
]
