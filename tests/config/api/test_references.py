import pytest

from config.api.references import id_of
from config.errors import Absent


@pytest.mark.parametrize(("reference", "number"), [("1042", 1042), ("CASE-1042", 1042), ("case-7", 7)])
def test_a_reference_is_taken_wherever_an_id_is(reference, number):
    assert id_of(reference, prefix="CASE") == number


@pytest.mark.parametrize(
    "reference", ["", "0", "-1", "INC-4", "CASE-", "CASE-x", "CASE-1.0", "9" * 19, "9" * 400, "१२", "1\n"]
)
def test_what_can_be_no_id_is_simply_not_there(reference):
    with pytest.raises(Absent):
        id_of(reference, prefix="CASE")
