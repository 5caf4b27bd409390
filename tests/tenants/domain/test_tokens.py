import hashlib
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from config.errors import Forbidden, Invalid
from outbox.models import Delivery, Event
from tenants.domain import telling, tokens
from tenants.enums import TokenScope
from tenants.models import ApiToken
from tests.factories.tenants import TokenFactory, UserFactory, actor

pytestmark = pytest.mark.django_db


def test_a_token_is_kept_as_digest_and_found_by_its_text():
    user, now = UserFactory(role="l1"), timezone.now()
    token, plaintext = tokens.issue(user=user, name="CI", scopes=["cases:read"], at=now)
    stored = ApiToken.objects.values().get()
    assert plaintext not in str(stored)
    assert stored["digest"] == hashlib.sha256(plaintext.encode()).hexdigest()
    assert (stored["prefix"], stored["scopes"], stored["automation"]) == (plaintext[:12], ["cases:read"], False)
    assert tokens.token_for(plaintext, at=now) == token


def test_expired_revoked_and_signed_out_tokens_open_nothing():
    now = timezone.now()
    expired = TokenFactory(expires_at=now)
    revoked = TokenFactory(revoked_at=now)
    gone = TokenFactory(user=UserFactory(role="l1", is_active=False))
    good = TokenFactory(expires_at=now + timedelta(seconds=1))
    found = [tokens.token_for(token.secret, at=now) for token in (expired, revoked, gone, good)]
    assert found == [None, None, None, good]


@pytest.mark.parametrize(
    "odd", ["", "desk_", "desk_\x00", "desk_ü" * 9, "desk_" + "x" * 1_000_000, "\ud800", "desk_' or 1=1 --"]
)
def test_odd_texts_are_no_tokens(odd):
    TokenFactory()
    assert tokens.token_for(odd, at=timezone.now()) is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["cases:burn"]}, "scopes"),
        ({"name": " "}, "name"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "expires_at"),
    ],
)
def test_a_senseless_token_is_refused(wrong, field):
    arguments = {"user": UserFactory(role="l1"), "name": "x", "scopes": ["admin"], "at": timezone.now()} | wrong
    with pytest.raises(Invalid) as refusal:
        tokens.issue(**arguments)
    assert refusal.value.extra["errors"][0]["field"] == field
    assert not ApiToken.objects.exists()


def test_only_who_manages_access_issues_for_others_and_they_are_told():
    user, now = UserFactory(role="l1"), timezone.now()
    with pytest.raises(Forbidden):
        tokens.issue(user=user, name="x", scopes=["admin"], by=actor("lead"), at=now)
    assert not ApiToken.objects.exists()
    by = actor("admin")
    token, _plaintext = tokens.issue(user=user, name="x", scopes=["admin"], by=by, at=now)
    assert Event.objects.get().payload == {
        "token_id": token.pk,
        "user_id": user.pk,
        "by": by.label,
        "by_name": by.name,
    }
    telling.token_issued(token_id=token.pk, by_name=by.name, at=now)
    assert Delivery.objects.get().to == user.email


def test_revoking_twice_keeps_the_first_time():
    token, by, now = TokenFactory(), actor("admin"), timezone.now()
    tokens.revoke(token_id=token.pk, by=by, at=now)
    tokens.revoke(token_id=token.pk, by=by, at=now + timedelta(days=1))
    token.refresh_from_db()
    assert token.revoked_at == now
    with pytest.raises(Forbidden):
        tokens.revoke(token_id=TokenFactory().pk, by=actor("l1"), at=now)


def test_use_is_noted_once_a_minute(django_assert_num_queries):
    token, now = TokenFactory(), timezone.now()
    for seconds, queries in [(0, 1), (30, 0), (61, 1)]:
        with django_assert_num_queries(queries):
            tokens.note_use(token, at=now + timedelta(seconds=seconds))
    token.refresh_from_db()
    assert token.last_used_at == now + timedelta(seconds=61)


@pytest.mark.django_db(transaction=True)
def test_noting_use_waits_for_nobody():
    token, now = TokenFactory(), timezone.now()
    noted = Barrier(2, timeout=10)

    def note():
        tokens.note_use(ApiToken.objects.get(pk=token.pk), at=now)
        connection.close()
        noted.wait()

    with transaction.atomic():
        ApiToken.objects.select_for_update().get(pk=token.pk)
        thread = Thread(target=note)
        thread.start()
        noted.wait()
    thread.join()
    token.refresh_from_db()
    assert token.last_used_at is None


def test_the_command_prints_a_token_that_works(capsys):
    user = UserFactory(username="l1", role="l1")
    call_command("api_token", "l1", "--scopes", "cases:read,cases:write", "--name", "mine")
    plaintext = capsys.readouterr().out.strip()
    token = tokens.token_for(plaintext, at=timezone.now())
    assert (token.user, token.scopes, token.name) == (user, ["cases:read", "cases:write"], "mine")
    call_command("api_token", "l1")
    assert ApiToken.objects.get(name="command line").scopes == TokenScope.values


@pytest.mark.parametrize("arguments", [["nobody"], ["l1", "--scopes", "cases:burn"], ["l1", "--name", ""]])
def test_the_command_refuses_and_leaves_nothing(arguments):
    UserFactory(username="l1")
    with pytest.raises(CommandError):
        call_command("api_token", *arguments)
    assert not ApiToken.objects.exists()
