import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cases.models import Attachment
from tests.cases.api.conftest import opened
from tests.factories.api import desk_state

LIST_QUERIES = 4


@pytest.fixture(autouse=True)
def blobs(settings, tmp_path):
    settings.BLOB_ROOT = tmp_path


def text_file(content=b"p95 is 4 seconds\n", name="report.txt"):
    return SimpleUploadedFile(name, content, content_type="text/plain")


def uploaded(api, case, status=201, **fields):
    answer = api.upload(f"/cases/{case['reference']}/attachments/", {"file": text_file(), **fields})
    assert answer.status_code == status, answer.content
    return answer.json()


def test_a_file_goes_up_along_with_a_message_and_down_again(world):
    case = opened(world.l1)
    file = uploaded(world.l1, case)
    assert {name: file[name] for name in ("name", "size", "public")} == {
        "name": "report.txt",
        "size": 17,
        "public": False,
    }
    answer = world.l1.post(
        f"/cases/{case['reference']}/interactions/", {"body": "See the report.", "attachments": [file["id"]]}
    )
    assert [one["id"] for one in answer.json()["attachments"]] == [file["id"]]
    seen = world.client.get(f"/cases/{case['reference']}/attachments/").json()["results"]
    assert [(one["id"], one["public"]) for one in seen] == [(file["id"], True)]
    path = seen[0]["url"].partition("/api/v1")[2]
    down = world.client.get(path)
    assert b"".join(down.streaming_content) == b"p95 is 4 seconds\n"
    assert down["Content-Type"] == "application/octet-stream"
    assert down["Content-Disposition"] == 'attachment; filename="report.txt"'
    assert down["X-Content-Type-Options"] == "nosniff"


def test_what_is_not_public_is_ours(world):
    case = opened(world.l1)
    file = uploaded(world.l1, case)
    path = f"/cases/{case['reference']}/attachments/"
    assert world.client.get(path).json()["results"] == []
    for api in (world.client, world.stranger, world.colleague, world.outsider):
        assert api.get(f"{path}{file['id']}/").status_code == 404
    assert world.auditor.get(f"{path}{file['id']}/").status_code == 200
    other = opened(world.l1)
    assert world.l1.get(f"/cases/{other['reference']}/attachments/{file['id']}/").status_code == 404
    assert world.l1.get(f"{path}{'9' * 30}/").status_code == 404


def test_a_clients_file_is_public(world):
    case = opened(world.l1)
    assert uploaded(world.client, case)["public"] is True


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [("empty.txt", b"", 422), ("run.exe", b"MZ\x90\x00" + b"\x00" * 200, 422), ("x" * 300 + ".txt", b"x", 422)],
)
def test_files_that_are_refused(world, name, content, status):
    case = opened(world.l1)
    before = world.state()
    answer = world.l1.upload(f"/cases/{case['reference']}/attachments/", {"file": text_file(content, name)})
    assert answer.status_code == status, answer.content
    assert answer.json()["errors"][0]["field"] == "file"
    assert desk_state() == before


BOUNDARY = "x-x-x"
WHOLE = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n--{BOUNDARY}--\r\n'
).encode()


@pytest.mark.parametrize(
    ("raw", "content_type", "length", "status"),
    [
        (WHOLE, f"multipart/form-data; boundary={BOUNDARY}", None, 201),
        (WHOLE[:-20], f"multipart/form-data; boundary={BOUNDARY}", len(WHOLE), 400),
        (WHOLE, f"multipart/form-data; boundary={BOUNDARY}", len(WHOLE) + 50, 400),
        (WHOLE, "multipart/form-data", None, 400),
        (b"", f"multipart/form-data; boundary={BOUNDARY}", None, 422),
        (b"garbage", f"multipart/form-data; boundary={BOUNDARY}", None, 422),
        (b'{"file": "x"}', "application/json", None, 415),
        (b"file=x", "application/x-www-form-urlencoded", None, 415),
    ],
)
def test_bodies_cut_short_and_of_other_kinds(world, raw, content_type, length, status):
    case = opened(world.l1)
    before = world.state()
    extra = {} if length is None else {"CONTENT_LENGTH": str(length)}
    answer = world.l1.send("POST", f"/cases/{case['reference']}/attachments/", raw, content_type=content_type, **extra)
    assert answer.status_code == status, answer.content
    assert (desk_state() == before) == (status != 201)


def test_the_same_upload_twice_is_one_file(world):
    case = opened(world.l1)
    path, key = f"/cases/{case['reference']}/attachments/", {"Idempotency-Key": "up-1"}
    first = world.l1.upload(path, {"file": text_file()}, key)
    again = world.l1.upload(path, {"file": text_file()}, key)
    assert (first.status_code, again.status_code, again["Idempotent-Replay"]) == (201, 201, "true")
    assert again.json() == first.json()
    other = world.l1.upload(path, {"file": text_file(b"other")}, key)
    assert (other.status_code, other.json()["code"]) == (422, "key-reused")
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_query_count_of_the_list(world, count, django_assert_num_queries):
    case = opened(world.l1)
    for _ in range(count):
        uploaded(world.l1, case)
    world.l1.get("/cases/")
    with django_assert_num_queries(LIST_QUERIES):
        assert len(world.l1.get(f"/cases/{case['reference']}/attachments/").json()["results"]) == count


def test_two_files_in_one_request_are_refused_not_halved(world):
    case = opened(world.l1)
    before = desk_state()
    refused = world.l1.upload(
        f"/cases/{case['reference']}/attachments/", {"file": [text_file(name="a.txt"), text_file(name="b.txt")]}
    )
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "one-file")
    assert desk_state() == before
