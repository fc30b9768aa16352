"""The keys of rows."""

import re

from hypothesis import given
from hypothesis import strategies as st

from activities.storage.keys import keys


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=2048), unique=True, max_size=20))
def test_any_enrolment_id_has_keys(enrolments: list[str]) -> None:
    """Keys contain nothing that a table forbids, whatever the enrolment id is, and no two enrolments share them."""
    found = [keys(one) for one in enrolments]

    assert all(re.fullmatch(r"[0-9a-f]{64}", row) and row.startswith(partition) for partition, row in found)
    assert len(set(found)) == len(enrolments)
