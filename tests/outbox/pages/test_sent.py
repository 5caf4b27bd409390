import pytest

from config.errors import Invalid
from outbox.answers import Reply
from outbox.hooks import answer_as_recipient
from outbox.models import Delivery
from tests.factories.outbox import DeliveryFactory
from tests.factories.pages import ANEW
from tests.factories.tenants import TenantFactory, UserFactory

LIST = "/admin/desk/sent/"


@pytest.fixture
def acme(db):
    return TenantFactory(slug="acme")


@pytest.fixture
def agent(client, acme):
    client.force_login(UserFactory(role="l1", tenant=acme))
    return client


@pytest.fixture
def answerable():
    """One room that answers mails to anna, as the cases room does."""
    said = []

    def answer(*, delivery, request):
        if not delivery.to.startswith("anna"):
            return None

        def send(*, body, at):
            if body == "no":
                raise Invalid("Not like this", field="body")
            said.append((delivery.to, body, request.user.username))
            return LIST

        return Reply(label="Answer as Anna", send=send)

    before = list(answer_as_recipient.answers)
    answer_as_recipient.answers[:] = [answer]
    yield said
    answer_as_recipient.answers[:] = before


def test_the_list_shows_messages_of_ones_own_tenants_only(agent, acme):
    DeliveryFactory(tenant_id=acme.pk, subject="Ours & theirs")
    DeliveryFactory(tenant_id=TenantFactory().pk, subject="Somebody else's")
    DeliveryFactory(tenant_id=None, subject="Nobody's")
    page = agent.get(LIST)
    assert page.status_code == 200
    assert [row.subject for row, slug in page.context["rows"]] == ["Ours & theirs"]
    assert [slug for row, slug in page.context["rows"]] == ["acme"]
    assert "Ours &amp; theirs" in page.content.decode()


@pytest.mark.parametrize(
    ("words", "found"), [("anna@", ["A"]), ("quota", ["B"]), ("B", ["B"]), ("%", []), ("nothing", [])]
)
def test_the_list_is_searched_by_address_subject_and_text(agent, acme, words, found):
    DeliveryFactory(tenant_id=acme.pk, to="anna@client.example", subject="A", text="hello")
    DeliveryFactory(tenant_id=acme.pk, to="otto@client.example", subject="B", text="your quota")
    assert [row.subject for row, _ in agent.get(LIST, {"q": words}).context["rows"]] == found


def test_older_messages_are_on_the_next_page(agent, acme, monkeypatch):
    monkeypatch.setattr("outbox.domain.reading.PAGE", 2)
    for number in range(3):
        DeliveryFactory(tenant_id=acme.pk, subject=f"{number}")
    first = agent.get(LIST)
    second = agent.get(LIST, {"before": first.context["before"]})
    assert [[row.subject for row, _ in page.context["rows"]] for page in (first, second)] == [["2", "1"], ["0"]]
    assert second.context["before"] is None


@pytest.mark.parametrize("query", [{"before": "x"}, {"before": "-1"}, {"before": 2**70}, {"q": "x" * 300}])
def test_nonsense_in_the_address_is_left_out(agent, acme, query):
    DeliveryFactory(tenant_id=acme.pk)
    assert len(agent.get(LIST, query).context["rows"]) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_what_the_list_costs(agent, acme, count, django_assert_num_queries):
    for _ in range(count):
        DeliveryFactory(tenant_id=acme.pk)
    agent.get(LIST)
    with django_assert_num_queries(LIST_QUERIES):
        agent.get(LIST, headers=ANEW)


LIST_QUERIES = 6


def test_a_message_is_shown_as_it_was_written_with_working_links(agent, acme):
    delivery = DeliveryFactory(tenant_id=acme.pk, text="<b>See</b> https://desk.example/c/abc")
    page = agent.get(f"{LIST}{delivery.pk}/").content.decode()
    assert '&lt;b&gt;See&lt;/b&gt; <a href="https://desk.example/c/abc"' in page
    assert f'src="{LIST}{delivery.pk}/html/"' in page
    assert delivery.message_id.strip("<>") in page


def test_the_html_part_is_shut_in(agent, acme):
    delivery = DeliveryFactory(tenant_id=acme.pk, html="<script>alert(1)</script><p>Hello</p>")
    answer = agent.get(f"{LIST}{delivery.pk}/html/")
    policy = answer["Content-Security-Policy"]
    assert answer.content.decode().endswith(delivery.html)
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "frame-ancestors 'self'" in policy


@pytest.mark.parametrize("end", ["", "html/"])
def test_another_tenants_message_is_absent_as_is_one_that_never_was(agent, acme, end):
    delivery = DeliveryFactory(tenant_id=TenantFactory().pk)
    assert agent.get(f"{LIST}{delivery.pk}/{end}").status_code == 404
    assert agent.get(f"{LIST}{delivery.pk + 1}/{end}").status_code == 404


def test_who_sees_no_cases_sees_no_messages(client, db):
    client.force_login(UserFactory(role="admin"))
    assert client.get(LIST).status_code == 403


def test_strangers_are_asked_to_sign_in(client, db):
    answer = client.get(LIST)
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/login/?next={LIST}")


def test_one_answers_as_the_recipient_where_a_room_knows_how(agent, acme, answerable):
    delivery = DeliveryFactory(tenant_id=acme.pk, to="anna@client.example")
    assert "Answer as Anna" in agent.get(f"{LIST}{delivery.pk}/").content.decode()
    answer = agent.post(f"{LIST}{delivery.pk}/", {"body": "Thank you"})
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert [said[:2] for said in answerable] == [("anna@client.example", "Thank you")]


@pytest.mark.parametrize("body", ["", "no", "x" * 10_001])
def test_a_refused_answer_keeps_what_was_written(agent, acme, answerable, body):
    delivery = DeliveryFactory(tenant_id=acme.pk, to="anna@client.example")
    answer = agent.post(f"{LIST}{delivery.pk}/", {"body": body})
    assert answer.status_code == 422
    assert answerable == []
    assert answer.context["form"]["body"].value() == body


def test_nobody_answers_where_no_room_does(agent, acme, answerable):
    delivery = DeliveryFactory(tenant_id=acme.pk, to="otto@client.example")
    assert "Answer as" not in agent.get(f"{LIST}{delivery.pk}/").content.decode()
    assert agent.post(f"{LIST}{delivery.pk}/", {"body": "x"}).status_code == 403
    assert Delivery.objects.count() == 1
