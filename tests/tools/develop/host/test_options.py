"""The local host reads the queue policy from the same places as the Functions host."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tools.develop.host.options import body_limit, http_options, is_disabled, queue_options, resolve
from tools.develop.host.worker import AppError


def policy(folder: Path, **queues: object) -> None:
    """Write a host.json with these queue settings."""
    content = {"version": "2.0", "extensions": {"queues": queues}}
    (folder / "host.json").write_text(json.dumps(content))


def test_defaults_are_those_of_the_functions_host(tmp_path: Path) -> None:
    """Without a host.json, the defaults apply. A local host polls at least every 2 s."""
    options = queue_options(tmp_path, {})
    assert (options.batch_size, options.max_dequeue_count, options.message_encoding) == (16, 5, "base64")
    assert (options.visibility_timeout, options.max_polling_interval) == (timedelta(0), timedelta(seconds=2))
    assert options.new_batch_threshold % 8 == 0


def test_host_json_is_read(tmp_path: Path) -> None:
    """The section `extensions.queues` contains the policy."""
    policy(tmp_path, batchSize=4, newBatchThreshold=1, visibilityTimeout="00:01:10", messageEncoding="none")
    options = queue_options(tmp_path, {})
    assert (options.batch_size, options.new_batch_threshold, options.message_encoding) == (4, 1, "none")
    assert options.visibility_timeout == timedelta(seconds=70)


def test_app_settings_override_host_json(tmp_path: Path) -> None:
    """An `AzureFunctionsJobHost__...` setting replaces one value. Its case doesn't matter."""
    policy(tmp_path, batchSize=4, maxDequeueCount=3)
    prefix = "AzureFunctionsJobHost__extensions__queues__"
    settings = {f"{prefix}batchSize": "8", f"{prefix}visibilitytimeout": "00:00:05", "batchSize": "1"}
    options = queue_options(tmp_path, settings)
    assert (options.batch_size, options.max_dequeue_count) == (8, 3)
    assert options.visibility_timeout == timedelta(seconds=5)


@pytest.mark.parametrize("text", ["{", '{"extensions": {"queues": {"maxDequeueCount": 0}}}'])
def test_invalid_host_json_is_refused(tmp_path: Path, text: str) -> None:
    """A host.json that isn't JSON, or has a value out of range, is an error that names the file."""
    (tmp_path / "host.json").write_text(text)
    with pytest.raises(AppError, match=r"host\.json"):
        queue_options(tmp_path, {})


def test_the_prefix_of_routes_is_read(tmp_path: Path) -> None:
    """It's `api` unless host.json or a setting says otherwise."""
    assert http_options(tmp_path, {}).route_prefix == "api"
    (tmp_path / "host.json").write_text('{"extensions": {"http": {"routePrefix": "v1", "hsts": {}}}}')
    assert http_options(tmp_path, {}).route_prefix == "v1"
    settings = {"AzureFunctionsJobHost__extensions__http__routePrefix": ""}
    assert http_options(tmp_path, settings).route_prefix == ""


@pytest.mark.parametrize(("value", "limit"), [("7", 7), ("", 104_857_600), ("7 MB", 104_857_600)])
def test_the_limit_of_bodies_is_a_setting(value: str, limit: int) -> None:
    """A value that isn't a number is ignored."""
    assert body_limit({"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": value}) == limit


def test_settings_in_names_are_resolved() -> None:
    """`%SETTING%` is replaced by the app setting, even inside a name."""
    assert resolve("%EVENTS%-poison", {"EVENTS": "lms-events"}) == "lms-events-poison"
    assert resolve("plain", {}) == "plain"


@pytest.mark.parametrize(
    ("settings", "disabled"),
    [
        ({}, False),
        ({"AzureWebJobs.f.Disabled": "true"}, True),
        ({"AzureWebJobs.f.Disabled": "TRUE"}, True),
        ({"AzureWebJobs.f.Disabled": "1"}, True),
        ({"AzureWebJobs.f.Disabled": "false"}, False),
        ({"AzureWebJobs.f.Disabled": "0"}, False),
        ({"AzureWebJobs.f.Disabled": "yes"}, False),
        ({"AzureWebJobs.f.Disabled": ""}, False),
        ({"azurewebjobs.F.disabled": "true"}, True),
        ({"AzureWebJobs_f_Disabled": "true"}, True),
        ({"AzureWebJobs.g.Disabled": "true"}, False),
        ({"AzureWebJobs.f.Disabled": "false", "AzureWebJobs_f_Disabled": "1"}, True),
    ],
)
def test_a_setting_disables_a_function(settings: dict[str, str], *, disabled: bool) -> None:
    """`true` and `1` disable the function that the setting names. Dots and underscores mean the same."""
    assert is_disabled("f", settings) == disabled
