"""The privacy page is true: its places, times and figures match the code and the deployment."""

import re

from activities.domain.fields import KEPT_UNTIMED
from activities.settings import Settings
from activities.storage.retention import LARGEST_RUN
from tests import ROOT
from tests.infra.compiler import needs_compiler
from tests.infra.project import STORAGE, Project

PAGE = (ROOT / "docs/privacy.md").read_text(encoding="utf-8")
DECISION = (ROOT / "docs/decisions/0037-what-a-forgotten-record-leaves.md").read_text(encoding="utf-8")
PLACES = PAGE.partition("<!-- places -->")[2].partition("<!-- /places -->")[0]
STORES = ("events_queue", "retry_queue", "dead_letter_container", "event_body_container", "activities_table")
WORDS = {7: "seven"}


def test_every_place_in_storage_is_there() -> None:
    """The table names each queue, container and table that the app uses, by its default name."""
    names = {str(Settings.model_fields[name].default) for name in (*STORES, "people_table")}
    assert names <= set(re.findall(r"`([\w-]+)`", PLACES))


@needs_compiler
def test_soft_delete_is_what_is_deployed() -> None:
    """Deleted blobs and containers, and bodies that a crash has left behind, are kept as long as the page says."""
    [service] = Project().smallest.of_type(f"{STORAGE}/blobServices")
    days = {service.properties[name]["days"] for name in ("deleteRetentionPolicy", "containerDeleteRetentionPolicy")}
    [number] = days
    assert f"keeps deleted blobs and containers for {WORDS[number]} days" in PAGE
    bodies = [
        rule["definition"]["actions"]["baseBlob"]["delete"]["daysAfterModificationGreaterThan"]
        for policy in Project().smallest.of_type(f"{STORAGE}/managementPolicies")
        for rule in policy.properties["policy"]["rules"]
        if "event-bodies" in rule["name"]
    ]
    assert [f"What a crash has left behind: {number} days" in PLACES for number in bodies] == [True]


def test_the_figures_of_forgetting_are_those_of_the_code() -> None:
    """The page states how much one run forgets at most, and how many hashes a record keeps."""
    assert f"forgets at most {LARGEST_RUN} records" in PAGE
    assert f"at most {LARGEST_RUN} tombstones" in DECISION
    assert f"the {KEPT_UNTIMED} smallest hashes" in DECISION


def test_the_columns_of_a_tombstone_are_explained() -> None:
    """Each column that the operators' page documents is on this page too."""
    for column in ("forgotten_until", "forgotten_untimed", "letter", "deleted_id", "left_"):
        assert f"`{column}" in PAGE
