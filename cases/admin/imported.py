from django.contrib import admin

from cases.models import ImportedSource
from config.admin import ReadOnlyAdmin


@admin.register(ImportedSource)
class ImportedSourceAdmin(ReadOnlyAdmin):
    view_right = "manage_desk"
    list_display = ("name", "rows", "first_imported_at", "columns")
    search_fields = ("name",)
