"""What was found, as it is drawn."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cases.domain.finding.snippets import Text

register = template.Library()


@register.filter
def marked(text: Text) -> SafeString:
    return format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", piece) if is_word else piece,) for piece, is_word in text)
    )
