from django.urls import path, re_path

from config.api.problems import no_such_address
from config.api.reference_page import reference, schema

urlpatterns = [
    path("schema/", schema, name="api-schema"),
    path("docs/", reference, name="api-docs"),
    # Last of all: without it Django would send a caller who left out the closing slash on, and a POST become a GET.
    re_path(r"", no_such_address),
]
