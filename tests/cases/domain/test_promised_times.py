"""Which first replies promise when it will be solved, in English and German, and how one is held."""

import time

import pytest

from cases.domain import lifecycle
from cases.domain.promised_times import PromisesATime, promised_time
from cases.models import Case, Interaction, Macro
from outbox.models import Delivery
from tests.factories.api import desk_state
from tests.factories.cases import HOUR, MONDAY, opened, says
from tests.factories.tenants import actor

pytestmark = pytest.mark.django_db

PROMISES = {
    "We will have this fixed by tomorrow.": "by tomorrow",
    "It will be done by 16:30.": "by 16:30",
    "You will be up and running by 4 pm.": "by 4 pm",
    "This is solved within 2 hours.": "within 2 hours",
    "We'll sort it out in a few days": "in a few days",
    "Expect a solution within the next two business days.": "within the next two business days",
    "A fix ships by the end of the week.": "by the end of the week",
    "It will be ready by 21 November": "by 21 November",
    "It should be restored by Friday, next update by 15:00.": "by Friday",
    "We see it.\nIt will be repaired tomorrow.": "tomorrow",
    "Could you wait? It is fixed by EOD.": "by EOD",
    "Das ist bis morgen behoben.": "bis morgen",
    "Wir lösen das bis spätestens Freitag.": "bis spätestens Freitag",
    "Es läuft wieder bis 16 Uhr.": "bis 16 Uhr",
    "Wir kümmern uns, das dauert bis zum Wochenende.": "bis zum Wochenende",
    "Innerhalb von zwei Stunden ist alles wieder da.": "Innerhalb von zwei Stunden",
    "Binnen 3 Werktagen haben Sie die Lösung.": "Binnen 3 Werktagen",
    "Das wird noch heute erledigt.": "noch heute",
    "In einer Stunde funktioniert es wieder.": "In einer Stunde",
    "Der Fehler wird morgen behoben.": "morgen",
}
PROMISE_NOTHING = [
    "We see the failed batches and are on it. Next word from me by 11:45.",
    "We will get back to you within 2 hours.",
    "You hear from us by tomorrow morning.",
    "Could you send us the log bundle by tomorrow?",
    "Please send us the address of the page by Friday.",
    "> it will be fixed by tomorrow, you said\nWho said so?",
    "It began at 09:10, today, and we look into it.",
    "By the way, the queue is in good order.",
    "Sie hören von uns bis 16:30 Uhr.",
    "Wir melden uns bis morgen.",
    "Könnten Sie uns das Protokoll bis morgen senden?",
    "Bitte schicken Sie uns die Datei bis Freitag.",
    "Guten Morgen, wir sehen uns das an.",
    "",
]


@pytest.mark.parametrize(("text", "phrase"), PROMISES.items())
def test_a_promised_time_is_found(text, phrase):
    assert promised_time(text) == phrase


@pytest.mark.parametrize("text", PROMISE_NOTHING)
def test_other_times_are_left_alone(text):
    assert promised_time(text) == ""


def test_no_macro_that_a_desk_begins_with_promises_one():
    texts = [text for macro in Macro.objects.all() for text in macro.texts.values()]
    assert (len(texts), [text for text in texts if promised_time(text)]) == (16, [])


@pytest.mark.parametrize("word", ["bitte ", "by ", "within 2 ", "a.\n", "is fixed ", " ", "bis heute "])
def test_a_long_text_is_read_in_no_time(word):
    begun = time.perf_counter()
    promised_time(word * (100_000 // len(word)))
    assert time.perf_counter() - begun < 1


def test_a_first_reply_is_held_once_and_what_is_meant_is_logged():
    case, by = opened(at=MONDAY), actor("l1")
    before = desk_state()
    with pytest.raises(PromisesATime) as held:
        says(case, "It is fixed by tomorrow.", by=by, promise_meant="")
    assert (held.value.code, held.value.extra, held.value.status) == (
        "promises-a-time", {"promised": "by tomorrow"}, 409,
    )  # fmt: skip
    assert desk_state() == before
    with pytest.raises(PromisesATime):  # another promise than the one that was meant
        says(case, "It is fixed by Friday.", by=by, promise_meant="by tomorrow")
    assert desk_state() == before
    said = says(case, "It is fixed by tomorrow.", by=by, promise_meant="by tomorrow")
    logged = Interaction.objects.filter(case=case, kind="system").get()
    assert (logged.body, logged.data, logged.actor_name) == (
        "The first reply was sent though it promises a time: “by tomorrow”.",
        {"promised_time": "by tomorrow"},
        said.actor_name,
    )
    assert Delivery.objects.filter(pk=said.delivery_id).exists()


def test_what_was_changed_after_the_hold_is_not_logged():
    case = opened(at=MONDAY)
    says(case, "We look into it.", by=actor("l1"), promise_meant="by tomorrow")
    assert not Interaction.objects.filter(case=case, kind="system").exists()


@pytest.mark.parametrize("door", ["wait", "resolve"])
def test_sending_as_something_is_held_as_well(door):
    case, by = opened(at=MONDAY), actor("l1")
    words = {
        "wait": {"ask": "It is fixed by tomorrow."},
        "resolve": {
            **{"summary": "It is fixed by tomorrow.", "validated": "Seen."},
            **{"evidence": ["x"], "preventive_actions": "none needed"},
        },
    }[door]
    move = getattr(lifecycle, door)
    before = desk_state()
    with pytest.raises(PromisesATime):
        move(case_id=case.pk, send_as=True, promise_meant="", by=by, at=MONDAY + HOUR, **words)
    assert desk_state() == before
    move(case_id=case.pk, send_as=True, promise_meant="by tomorrow", by=by, at=MONDAY + HOUR, **words)
    assert Case.objects.get().status == {"wait": "waiting_on_customer", "resolve": "resolved"}[door]


def test_only_people_who_can_be_asked_and_only_the_first_reply_are_held():
    case, by = opened(at=MONDAY), actor("l1")
    says(case, "Only for us: fixed by tomorrow.", by=by, kind="note", public=False, promise_meant="")
    says(case, "It is fixed by tomorrow.", by=by)  # nothing was looked for
    says(case, "It is fixed by Friday.", by=by, at=MONDAY + 2 * HOUR, promise_meant="")  # not the first any more
    assert Interaction.objects.filter(case=case, public=True).count() == 2
    assert not Interaction.objects.filter(case=case, kind="system").exists()
