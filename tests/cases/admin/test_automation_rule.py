"""The page of a rule: tried before it runs, kept by who may, with a log of what it did."""

from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import AutomationRule, AutomationRun, Case
from tenants.models import User
from tests.factories.api import desk_state
from tests.factories.automation import heard, rule
from tests.factories.cases import opened
from tests.factories.tenants import TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db
ADD = "/admin/cases/automationrule/add/"
DRY_RUN = "/admin/cases/automationrule/dry-run"
LOG = "/admin/cases/automationrun/"


def signed_in(role, **fields):
    client = Client()
    client.force_login(User.objects.get(pk=UserFactory(role=role, **fields).pk))
    return client


def posted(**fields):
    values = {
        "name": "Enterprise P1",
        "position": "10",
        "active": "on",
        "trigger": "opened",
        "line": "priority:P1",
        "operator": "is",
        "adds_tags": "vip",
        "most_a_minute": "30",
    }
    return {name: value for name, value in (values | fields).items() if value is not None}


class Hidden(HTMLParser):
    """The forms of a page: what each would send again."""

    def __init__(self, html):
        super().__init__()
        self.forms = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.forms.append({})
        elif tag in ("input", "button") and self.forms and given.get("name"):
            self.forms[-1][given["name"]] = given.get("value") or ""


def ways_on(answer):
    """Save it off, save it and let it run."""
    off, on = [form for form in Hidden(answer.content.decode()).forms if "trigger" in form]
    return off, on


def test_a_rule_that_is_to_run_shows_first_what_it_would_do():
    case, calm = opened(priority="P1", at=timezone.now()), opened(priority="P3", at=timezone.now())
    lead = signed_in("lead")
    before = desk_state()
    answer = lead.post(ADD, posted(_save="Save"))
    html = answer.content.decode()
    assert answer.status_code == 200
    assert (case.reference in html, calm.reference in html, "none → vip" in html) == (True, False, True)
    assert desk_state() == before
    _off, on = ways_on(answer)
    assert lead.post(ADD, on).status_code == 302
    saved = AutomationRule.objects.get()
    assert (saved.name, saved.active, saved.adds_tags, saved.line) == ("Enterprise P1", True, ["vip"], "priority:P1")
    assert Case.objects.get(pk=case.pk).tags == []


def test_it_may_be_saved_switched_off_instead():
    lead = signed_in("lead")
    off, _on = ways_on(lead.post(ADD, posted(_save="Save", note="Two\nlines")))
    assert lead.post(ADD, off).status_code == 302
    saved = AutomationRule.objects.get()
    assert (saved.active, saved.note) == (False, "Two\nlines")


def test_what_was_seen_stands_for_what_was_sent_alone():
    lead = signed_in("lead")
    _off, on = ways_on(lead.post(ADD, posted(_save="Save")))
    changed = lead.post(ADD, on | {"line": "priority:P0"})
    assert (changed.status_code, "Dry run" in changed.content.decode()) == (200, True)
    assert signed_in("po").post(ADD, on).status_code == 200
    assert not AutomationRule.objects.exists()


def test_a_rule_that_stays_off_is_saved_at_once():
    assert signed_in("lead").post(ADD, posted(active=None, _save="Save")).status_code == 302
    assert not AutomationRule.objects.get().active


def test_a_dry_run_keeps_nothing_and_says_what_is_wrong():
    opened(priority="P1", at=timezone.now())
    lead = signed_in("lead")
    before = desk_state()
    assert "none → vip" in lead.post(DRY_RUN, posted()).content.decode()
    wrong = lead.post(DRY_RUN, posted(line="priorty:P1"))
    assert (wrong.status_code, "Did you mean “priority:”?" in wrong.content.decode()) == (422, True)
    assert desk_state() == before


def test_the_lead_is_refused_a_way_to_l3_on_the_form():
    lead = signed_in("lead")
    answer = lead.post(ADD, posted(sets_level="L3", _save="Save"))
    assert "L3 is reached through L2" in answer.content.decode()
    assert not AutomationRule.objects.exists()
    theirs = rule(name="The PO's", by=actor("po"), at=timezone.now(), sets_level="L3")
    change = reverse("admin:cases_automationrule_change", args=[theirs.pk])
    answer = lead.post(change, posted(name="Taken over", sets_level="L3", adds_tags="", _save="Save"))
    assert "L3 is reached through L2" in answer.content.decode()
    assert AutomationRule.objects.get().name == "The PO's"


@pytest.mark.parametrize("role", ["l1", "l2", "l3", "auditor", "admin"])
def test_who_may_not_keep_rules_neither_saves_nor_tries_them(role):
    one = rule(adds_tags=["x"], at=timezone.now())
    reader = signed_in(role)
    before = desk_state()
    for path in (ADD, DRY_RUN, reverse("admin:cases_automationrule_change", args=[one.pk])):
        assert reader.post(path, posted()).status_code == 403
    assert desk_state() == before


def test_a_lead_of_one_client_finds_the_rules_of_that_client():
    mine = TenantFactory()
    everybodys = rule(name="Everybody's rule", adds_tags=["x"], at=timezone.now())
    ours = rule(name="Our rule", tenant=mine, adds_tags=["x"], at=timezone.now())
    lead = signed_in("lead", tenant=mine)
    html = lead.get("/admin/cases/automationrule/").content.decode()
    assert (ours.name in html, "Everybody" in html) == (True, False)
    change = reverse("admin:cases_automationrule_change", args=[everybodys.pk])
    assert lead.post(change, posted()).status_code in (302, 404)
    assert lead.post(DRY_RUN, posted(rule=str(everybodys.pk))).status_code == 422
    assert "Name a client" in lead.post(ADD, posted(_save="Save")).content.decode()
    assert AutomationRule.objects.get(pk=everybodys.pk).name == "Everybody's rule"


def test_the_log_tells_what_a_rule_did_and_why_not():
    at = timezone.now()
    done, refused = rule(name="Tag", adds_tags=["vip"], at=at), rule(name="Up", sets_level="L3", by=actor("po"), at=at)
    User.objects.get(pk=refused.saved_by_id).grants.update(role="lead")
    case = opened(at=at)
    heard(at)
    lead = signed_in("lead")
    html = lead.get(LOG, {"rule": done.pk}).content.decode()
    assert (case.reference in html, "tags: none → vip" in html, "L3 is reached" in html) == (True, True, False)
    html = lead.get(LOG, {"rule": refused.pk}).content.decode()
    assert ("L3 is reached through L2" in html, "none → vip" in html) == (True, False)
    assert lead.get(LOG, {"rule": "x"}).status_code == 302
    page = lead.get(reverse("admin:cases_automationrule_change", args=[done.pk])).content.decode()
    assert f"{LOG}?rule={done.pk}" in page
    assert AutomationRun.objects.count() == 2


def test_a_rule_that_paused_itself_says_so_and_runs_again_once_saved():
    at = timezone.now()
    one = rule(name="Tag", adds_tags=["vip"], most_a_minute=1, at=at)
    for _ in range(2):
        opened(at=at)
    heard(at)
    lead = signed_in("lead")
    html = lead.get("/admin/cases/automationrule/").content.decode()
    assert "It would change more than 1 cases a minute." in html
    change = reverse("admin:cases_automationrule_change", args=[one.pk])
    _off, on = ways_on(lead.post(change, posted(most_a_minute="30", _save="Save")))
    assert lead.post(change, on).status_code == 302
    assert AutomationRule.objects.get().paused_at is None
