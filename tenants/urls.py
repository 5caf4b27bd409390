from django.contrib import admin
from django.urls import path

from tenants.pages.console import ConsolePage

app_name = "tenants"
urlpatterns = [
    path("admin/desk/tenants/<str:slug>/", admin.site.admin_view(ConsolePage.as_view()), name="console"),
]
