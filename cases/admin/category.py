from django.contrib import admin

from cases.models import Category
from config.admin import DeskModelAdmin


@admin.register(Category)
class CategoryAdmin(DeskModelAdmin):
    view_right = "see_cases"
    edit_right = "hand_over"
    list_display = ("name", "slug", "parent", "how_to", "merged_into")
    list_filter = ("how_to",)
    list_select_related = ("parent", "merged_into")
    search_fields = ("name", "slug")
    autocomplete_fields = ("parent", "merged_into")
    prepopulated_fields = {"slug": ("name",)}
