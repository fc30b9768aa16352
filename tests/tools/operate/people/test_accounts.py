"""A CSV file of people is read line by line, and invalid lines are reported."""

import pytest

from tools.operate.people.accounts import Entry, InvalidLine, read

OBJECT_ID = "7ba2228a-e020-11ec-9d64-0242ac120002"
HEADER = "source,id,entraObjectId,userPrincipalName,email,employeeId\n"
INVALID = {
    "no reference": ("m,1,,,,", "exactly one of"),
    "two references": (f"m,1,{OBJECT_ID},,a@contoso.example,", "exactly one of"),
    "no id": ("m,,,,a@contoso.example,", "id"),
    "no source": (",1,,,a@contoso.example,", "source"),
    "not an object id": ("m,1,7ba2228a,,,", "entraObjectId"),
    "too many cells": ("m,1,,,a@contoso.example,,7", "more cells"),
}


@pytest.mark.parametrize(("row", "reason"), INVALID.values(), ids=INVALID)
def test_an_invalid_line_is_reported(row: str, reason: str) -> None:
    """A line that doesn't name exactly one account and one person is reported with its number and the reason."""
    (found,) = read(iter([HEADER, row]))
    assert isinstance(found, InvalidLine)
    assert found.line == 2
    assert reason in found.reason


def test_an_account_of_two_people_is_refused() -> None:
    """A line that contradicts an earlier one is reported. A line that only repeats one isn't."""
    rows = ["m,1,,,a@contoso.example,\n", "m,1,,,A@contoso.example,\n", "m,1,,,b@contoso.example,\n"]
    found = list(read(iter([HEADER, *rows])))
    assert found == [
        Entry("m", "1", "email", "a@contoso.example"),
        InvalidLine(4, "line 2 names another person for this account"),
    ]
