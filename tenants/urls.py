from django.contrib import admin
from django.urls import path

from tenants.pages.console import ConsolePage
from tenants.pages.language import LanguagePage

app_name = "tenants"
urlpatterns = [
    path("admin/desk/language/", admin.site.admin_view(LanguagePage.as_view()), name="language"),
    path("admin/desk/tenants/<str:slug>/", admin.site.admin_view(ConsolePage.as_view()), name="console"),
]
