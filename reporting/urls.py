from django.contrib import admin
from django.urls import path

from reporting.pages import metrics

app_name = "reporting"
urlpatterns = [path("admin/desk/reports/", admin.site.admin_view(metrics.page), name="metrics")]
