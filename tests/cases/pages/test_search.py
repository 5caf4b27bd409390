"""The search page and what stands under the box: by plain requests, without a script."""

import re
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from cases.domain import search
from cases.models import KnownIssue, Macro
from tenants.models import AccessEntry
from tests.cases.pages.conftest import browser
from tests.factories.cases import opened, says
from tests.factories.incidents import IncidentFactory
from tests.factories.tenants import UserFactory

SEARCH, PALETTE = reverse("desk:search"), reverse("desk:palette")
BOTH = pytest.mark.parametrize("address", [SEARCH, PALETTE])


@pytest.fixture(autouse=True)
def _no_macros_from_the_start(db):
    Macro.objects.all().delete()


def words_of(answer):
    """The page's text in its main part."""
    main = answer.content.decode().partition("<main")[2] or answer.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def counts(answer):
    return {str(section.kind): section.count for section in answer.context["sections"]}


def addresses(answer):
    return [shown.url for section in answer.context["sections"] for shown in section.hits]


@BOTH
def test_what_fits_is_marked_counted_and_one_step_away(desk, address):
    case, _other = desk.case, desk.other
    says(case, "The webhook <b>never</b> came.")
    issue = KnownIssue.objects.create(code="KI-3", title="Webhook is slow")
    answer = desk.browser.get(address, {"q": "webhook"})
    assert counts(answer) == {"known-issues": "1", "cases": "1"}
    assert addresses(answer) == [
        reverse("admin:cases_knownissue_change", args=[issue.pk]),
        reverse("desk:case", args=[case.pk]),
    ]
    assert "<small>The <mark>webhook</mark> &lt;b&gt;never&lt;/b&gt; came.</small>" in answer.content.decode()
    for url in addresses(answer):
        assert desk.browser.get(url).status_code == 200
    assert AccessEntry.objects.filter(path=address).latest("pk").tenant_ids == [desk.acme.pk]


@BOTH
def test_who_is_shown_an_incident_has_seen_its_clients(desk, address):
    IncidentFactory(title="Webhooks wait", tenants=[desk.acme])
    desk.browser.get(address, {"q": "webhooks wait"})
    entry = AccessEntry.objects.filter(path=address).latest("pk")
    assert (entry.tenant_ids, entry.rows) == ([desk.acme.pk], 1)


@BOTH
def test_a_neighbours_is_not_there(desk, address):
    assert desk.other.subject == "A secret of theirs"
    for words in ("secret", "Nils", "neighbour", desk.other.reference):
        assert addresses(desk.browser.get(address, {"q": words})) == []


@pytest.mark.parametrize(
    ("role", "status"), [("auditor", 200), ("l3", 200), ("admin", 403), ("client", 302), ("anonymous", 302)]
)
@BOTH
def test_who_may_search(desk, address, role, status):
    assert browser(desk.person(role)).get(address, {"q": "stalls"}).status_code == status


def test_who_reads_only_is_told_of_no_macro(desk):
    Macro.objects.create(name="Webhook replayed", texts={"en": "Done"})
    reads = browser(UserFactory(role="auditor", tenant=desk.acme))
    assert (counts(desk.browser.get(SEARCH, {"q": "webhook"})), counts(reads.get(SEARCH, {"q": "webhook"}))) == (
        {"macros": "1"},
        {},
    )


def test_a_slip_is_put_right_and_can_be_meant(desk):
    assert desk.case.subject == "Ingestion stalls"
    answer = desk.browser.get(SEARCH, {"q": "ingetsion"})
    assert "Showing results for “ingestion” instead of “ingetsion”." in words_of(answer)
    literal = answer.context["literal_url"]
    assert literal == f"{SEARCH}?{urlencode({'q': 'ingetsion', 'literally': 1})}"
    assert literal.replace("&", "&amp;") in answer.content.decode()
    meant = desk.browser.get(literal)
    assert (addresses(meant), "Nothing fits." in words_of(meant)) == ([], True)
    assert "Results for “ingestion” instead of “ingetsion”" in words_of(desk.browser.get(PALETTE, {"q": "ingetsion"}))


def test_a_line_of_keys_alone_opens_the_list(desk):
    line = "tenant:acme status:waiting"
    listed = f"{reverse('desk:queue', args=['all'])}?{urlencode({'q': line})}"
    assert desk.browser.get(SEARCH, {"q": line}).url == listed
    palette = desk.browser.get(PALETTE, {"q": line})
    assert (palette.context["list_url"], "As a list to work through" in words_of(palette)) == (listed, True)


def test_keys_beside_words_narrow(desk):
    says(desk.case, "The webhook is late.")
    opened(requester=desk.ana, subject="Webhook", at=desk.at)
    assert counts(desk.browser.get(SEARCH, {"q": "status:new webhook"})) == {"cases": "2"}
    assert counts(desk.browser.get(SEARCH, {"q": "owner:me webhook"})) == {}


@BOTH
def test_a_line_that_makes_no_sense_says_why(desk, address):
    answer = desk.browser.get(address, {"q": "prio:P0 webhook"})
    assert answer.status_code == (422 if address == SEARCH else 200)
    assert "There is no filter “prio:”. Did you mean “priority:”?" in words_of(answer)
    assert "There is no tenant “neighbour” here, or not for you." in words_of(
        desk.browser.get(address, {"q": "tenant:neighbour webhook"})
    )


def test_one_kind_is_paged_through(desk):
    desk.more(27)
    everything = desk.browser.get(SEARCH, {"q": "question"})
    assert (counts(everything), len(addresses(everything))) == ({"cases": "27"}, 5)
    [section] = everything.context["sections"]
    one = desk.browser.get(section.more)
    assert (len(addresses(one)), one.context["before"]) == (25, "")
    two = desk.browser.get(one.context["after"])
    assert (len(addresses(two)), two.context["after"]) == (2, "")
    assert desk.browser.get(two.context["before"]).context["sections"] == one.context["sections"]
    assert desk.browser.get(SEARCH, {"q": "question", "kind": "nonsense", "first": "-1"}).status_code == 200


def test_pages_of_the_menu_are_found_by_their_titles(desk):
    answer = desk.browser.get(SEARCH, {"q": "known iss"})
    assert [str(entry.title) for entry in answer.context["pages"]] == ["Known issues"]
    assert 'href="/admin/cases/knownissue/"' in answer.content.decode().partition("<main")[2]


def test_without_words_the_page_says_what_it_understands(desk):
    answer = desk.browser.get(SEARCH)
    assert (answer.status_code, "tenant:acme status:waiting priority:P1" in words_of(answer)) == (200, True)
    assert desk.browser.get(PALETTE).status_code == 200


def test_a_reference_is_offered_at_once(desk):
    answer = desk.browser.get(PALETTE, {"q": desk.case.reference.lower()})
    assert answer.context["reference"] == reverse("desk:case", args=[desk.case.pk])
    assert f"Open {desk.case.reference}" in words_of(answer)


def test_a_list_of_a_common_word_says_that_it_is_cut(desk, monkeypatch):
    monkeypatch.setattr(search, "ENOUGH", 2)
    desk.more(3)
    every, unassigned = (reverse("desk:queue", args=[name]) for name in ("all", "unassigned"))
    assert "These words are common" in words_of(desk.browser.get(every, {"q": "question"}))
    assert "These words are common" not in words_of(desk.browser.get(unassigned, {"q": "question"}))
    assert "These words are common" in words_of(desk.browser.get(SEARCH, {"q": "question"}))
    assert counts(desk.browser.get(SEARCH, {"q": "question"})) == {"cases": "3+"}
