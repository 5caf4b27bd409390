"""The line that says which cases: what it means, that it reads back, and which word it blames."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cases.domain import snoozing
from cases.domain.desk import filters
from cases.domain.desk.filter_keys import KEYS
from cases.domain.desk.filters import Filter, parse
from cases.models import Case
from config.errors import Invalid
from tests.factories.cases import DAY, HOUR, MONDAY, opened, worked_to
from tests.factories.tenants import ClientFactory, RequesterFactory, TenantFactory, UserFactory, actor

SAMPLES = {
    **{key.name: key.values for key in KEYS.values() if key.values},
    "tenant": ("acme", "north-1", "a_b"),
    "owner": ("me", "none", "mira", "o.b@desk+x"),
    "tag": ("quota", "data loss", "a,b", "ключ", "x:y", "-"),
    "waiting": ("3d", "12h", "999d"),
    "category": ("how-to", "sign-in", "a_b"),
    "error": ("ING-503", "E 1,2", "x:y"),
    "incident": ("INC-204", "inc-7", "9"),
    "opened": ("1d", "12h"),
    "unanswered": ("yes", "1d", "12h"),
    "due": ("late", "09:00", "before-18:00"),
}
WORDS = some.lists(
    some.one_of(
        some.text(some.characters(exclude_categories=("Cs", "Cc"), exclude_characters='"'), max_size=12),
        some.sampled_from(['"data loss"', "ING:503", "https://x.example/?a:b", "09:10", 'half "open', '"', '""', "-"]),
    ),
    max_size=4,
)


@some.composite
def lines(draw):
    """Keys in any order and spelling among words of any sort."""
    names = draw(some.lists(some.sampled_from(sorted(KEYS)), unique=True, max_size=4))
    parts = []
    for name in names:
        values = some.lists(some.sampled_from(SAMPLES[name]), min_size=1, max_size=1 if KEYS[name].single else 3)
        said = ",".join(f'"{value}"' if set(" ,") & set(value) else value for value in draw(values))
        parts.append(f"{draw(some.sampled_from([name, name.upper(), name.title()]))}:{said}")
    for words in draw(WORDS):
        parts.insert(draw(some.integers(0, len(parts))), words)
    return " ".join(parts)[: filters.LINE_LENGTH // 2]


@given(lines())
def test_what_a_line_is_written_as_reads_back_as_the_same(line):
    try:
        read = parse(line)
    except Invalid:
        return  # a word among them that looks like a key and is none
    assert parse(str(read)) == read
    assert str(parse(str(read))) == str(read)


@given(some.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_reason(line):
    try:
        read = parse(line)
    except Invalid as refusal:
        told = refusal.extra["errors"]
    else:
        assert parse(str(read)) == read
        return
    assert [(error["field"], bool(error["message"])) for error in told] == [("line", True)]


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("", Filter()),
        ("quota  exceeded", Filter(words="quota exceeded")),
        ("priority:p0,P1", Filter(given={"priority": ("P0", "P1")})),
        ("priority:P0 priority:P1 priority:P0", Filter(given={"priority": ("P0", "P1")})),
        ("status:waiting_on_customer,open", Filter(given={"status": ("waiting", "open")})),
        ('tag:"data loss",quota', Filter(given={"tag": ("data loss", "quota")})),
        ("owner:Me,nobody", Filter(given={"owner": ("me", "none")})),
        ("ING:503 level:L2 09:10", Filter(given={"level": ("L2",)}, words="ING:503 09:10")),
        ('"priority:P0" https://x.example', Filter(words='"priority:P0" https://x.example')),
    ],
    ids=str,
)
def test_lines_and_what_they_say(line, read):
    assert parse(line) == read


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("prio:P0", "There is no filter “prio:”. Did you mean “priority:”?"),
        ("zzz:1", "There is no filter “zzz:”. There are queue, tenant, status, priority, owner, level, tag, category, "
                  "error, incident, opened, unanswered, due, breached, waiting, snoozed, reopened."),
        ("priority:P9", "“P9” is nothing that priority: can be. One of P0, P1, P2, P3."),
        ("level:", "“level:” wants a value, like level:L1."),
        ("level:L1,", "“level:” wants a value, like level:L1."),
        ("waiting:soon", "“soon” is nothing that waiting: can be. Write it like waiting:3d."),
        ("breached:yes,no", "“breached:” takes one value, not yes and no."),
        ("x" * 401, "At most 400 characters."),
        ("a\0b", "A null character is nothing to search for."),
    ],
)  # fmt: skip
def test_a_refusal_names_the_word(line, said):
    with pytest.raises(Invalid) as refused:
        parse(line)
    assert refused.value.message == said


# --- What it finds --------------------------------------------------------------------------------------------------
def found(line, *, by, at=MONDAY + DAY):
    asks = parse(line)
    cases, _cut = filters.narrowed(Case.objects.visible_to(by), asks, filters.asked_by(asks, actor=by, at=at))
    return sorted(case.subject for case in cases)


@pytest.fixture(scope="module")
def made(for_the_file):
    lead = actor("lead", at=MONDAY)
    return lead, named_cases(lead)


@pytest.fixture
def lead(made, db):
    return made[0]


@pytest.fixture
def cases(made, db):
    return made[1]


def named_cases(lead):
    """Named by what makes each of them differ."""
    acme, globex = TenantFactory(slug="acme"), TenantFactory(slug="globex")
    asks = RequesterFactory(tenant=acme)
    made = {
        name: opened(requester=asks, subject=name)
        for name in ("plain", "urgent", "higher", "tagged", "broken", "owned", "again")
    }

    def change(name, **values):
        Case.objects.filter(pk=made[name].pk).update(**values)

    change("urgent", priority="P0")
    change("higher", level="L2")
    change("tagged", tags=["data loss", "eu"])
    change("broken", breached=True)
    change("owned", owner=lead.user_id)
    change("again", reopen_count=1)
    made["other"] = opened(tenant=globex, subject="other")
    made["waiting"] = worked_to("waiting_on_customer", case=opened(requester=asks, subject="waiting"))
    made["closed"] = worked_to("closed", case=opened(requester=asks, subject="closed"))
    return made


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("tenant:globex", ["other"]),
        ("tenant:globex,acme priority:P0", ["urgent"]),
        ("status:waiting", ["waiting"]),
        ("status:closed,waiting", ["closed", "waiting"]),
        ("status:open tenant:acme priority:P0,P1", ["urgent"]),
        ("status:any tag:eu,xx", ["tagged"]),
        ('tag:"data loss"', ["tagged"]),
        ("owner:me", ["owned"]),
        ("owner:none priority:P0", ["urgent"]),
        ("owner:me,none level:L2", ["higher"]),
        ("breached:yes", ["broken"]),
        ("breached:no level:L2", ["higher"]),
        ("reopened:yes", ["again"]),
        ("waiting:3d", []),
        ("waiting:12h", ["waiting"]),
        ("queue:waiting-on-customer", ["waiting"]),
        ("snoozed:yes", []),
        ("plain", ["plain"]),
        ("priority:P0 plain", []),
    ],
)
def test_each_key_finds_what_it_says(cases, lead, line, names):
    assert found(line, by=lead) == names


def test_snoozed_to_today_is_the_readers_today(cases, lead):
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 11, 16, 22, 0, tzinfo=berlin)
    for name, until in (("urgent", now + HOUR), ("higher", now + 3 * HOUR)):
        Case.objects.filter(pk=cases[name].pk).update(next_due_at=None, next_due_kind="")
        Case.objects.filter(pk=cases[name].pk).update(snoozed_until=until)
    assert found("snoozed:yes", by=lead, at=now) == ["higher", "urgent"]
    assert found("snoozed:today", by=lead, at=now) == ["urgent"]
    assert found("snoozed:today", by=lead, at=now.astimezone(ZoneInfo("America/New_York"))) == ["higher", "urgent"]
    assert "urgent" not in found("snoozed:no tenant:acme", by=lead, at=now)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("tenant:globex", "There is no tenant “globex” here, or not for you."),
        ("tenant:nowhere", "There is no tenant “nowhere” here, or not for you."),
        ("owner:ghost", "There is no colleague “ghost” here."),
        ("owner:ana", "There is no colleague “ana” here."),
    ],
)
def test_another_tenants_name_is_neither_found_nor_told(cases, line, said):
    acme = cases["plain"].tenant
    ClientFactory(username="ana", requester=RequesterFactory(tenant=acme))
    narrow = actor("l1", tenant=acme, at=MONDAY)
    with pytest.raises(Invalid) as refused:
        found(line, by=narrow)
    assert refused.value.message == said
    assert "globex" not in " ".join(filters.suggestions(tenants=[acme]))


def test_a_colleague_is_found_by_name(cases, lead):
    mira = UserFactory(role="l1", username="mira")
    Case.objects.filter(pk=cases["plain"].pk).update(owner=mira)
    assert found("owner:mira", by=lead) == ["plain"]


def test_names_cost_a_statement_each_kind_and_keys_none(cases, lead, django_assert_num_queries):
    with django_assert_num_queries(0):
        filters.asked_by(parse("status:open priority:P0 owner:me tag:x"), actor=lead, at=MONDAY)
    UserFactory(role="l1", username="mira")
    with django_assert_num_queries(2):
        filters.asked_by(parse("tenant:acme,globex owner:mira,none"), actor=lead, at=MONDAY)


def test_presets_are_the_readers_own_morning():
    berlin = ZoneInfo("Europe/Berlin")
    friday = datetime(2026, 11, 20, 14, 0, tzinfo=berlin)
    assert [(one.name, one.until) for one in snoozing.presets(at=friday)] == [
        ("afternoon", friday.replace(hour=15)),
        ("tomorrow", friday.replace(day=21, hour=9)),
        ("monday", friday.replace(day=23, hour=9)),
    ]
    late = friday + timedelta(hours=2)
    assert [one.name for one in snoozing.presets(at=late)] == ["tomorrow", "monday"]
    assert snoozing.presets(at=datetime(2026, 11, 16, 8, tzinfo=berlin))[-1].until == datetime(
        2026, 11, 23, 9, tzinfo=berlin
    )
