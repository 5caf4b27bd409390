"""The text of a macro: a closed set of names, put in once and as they are."""

import pytest

from cases.domain.macro_text import Filled, fill, unknown_in

VALUES = {"requester.first_name": "Ana", "tenant.name": "Acme", "docs": ""}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hello {{ requester.first_name }} of {{tenant.name}}.", "Hello Ana of Acme."),
        ("Plain words, 100 % {so} and {% if x %}.", "Plain words, 100 % {so} and {% if x %}."),
        ("Read this:\n{{ docs }}\n\nBye", "Read this:\n\nBye"),
        ("A\n\nB", "A\n\nB"),
        ("", ""),
    ],
)
def test_names_become_values(text, filled):
    assert fill(text, VALUES) == Filled(filled, ())


def test_a_value_is_not_read_again():
    assert fill("{{ tenant.name }}", {"tenant.name": "{{ requester.email }}"}).text == "{{ requester.email }}"


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("{{ requester.email }}", ("{{ requester.email }}",)),
        ("{{ tenant.name|safe }} {{ x }} {{ x }}", ("{{ tenant.name|safe }}", "{{ x }}")),
        ("{{ requester.first_name.__class__ }}", ("{{ requester.first_name.__class__ }}",)),
        ("{{ tenant.name", ("{{",)),
        ("so }} it goes", ("}}",)),
        ("{{}}", ("{{}}",)),
        ("{{ tenant.name }} {{ case.reference }} {{ next_update }} {{ agent.name }}", ()),
    ],
)
def test_what_is_unknown_is_named_and_stays_in_the_text(text, unknown):
    assert unknown_in(text) == unknown
    assert fill(text, {}) == Filled(text, unknown)
