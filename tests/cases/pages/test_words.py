"""How the desk writes moments and links what may be followed: quicker than Django, and the same."""

from datetime import UTC, datetime

import pytest
from django.template.defaultfilters import urlize
from django.utils import timezone, translation
from django.utils.formats import date_format

from cases.templatetags.desk import linked
from config.templatetags.times import exact


@pytest.mark.parametrize(("language", "day"), [("en", "l j F Y"), ("de", "l, j. F Y")])
@pytest.mark.parametrize("month", range(1, 13))
def test_a_moment_is_written_as_django_writes_it(language, day, month):
    at = datetime(2026, month, 2 * month, 21, 5, 9, tzinfo=UTC)
    with translation.override(language), timezone.override("Asia/Tokyo"):
        local = timezone.localtime(at)
        assert exact(at) == f"{date_format(local, day)}, {local:%H:%M:%S} JST"


@pytest.mark.parametrize(
    "text",
    [
        "See https://desk.example/x, or (www.desk.example).",
        "Write to ops@desk.example: soon",
        "desk.com",
        "Ends here. And: there @ last.",
        "<b> & co.",
        "",
    ],
)
def test_texts_are_linked_as_django_links_them(text):
    assert str(linked(text)) in (urlize(text), text)
    assert ("<a" in linked(text)) == ("<a" in urlize(text))
