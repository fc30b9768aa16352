"""The queue policy and the HTTP options in `host.json`, and the app settings that triggers refer to."""

import json
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from tools.develop.host.worker import AppError

OVERRIDE = "azurefunctionsjobhost__extensions__"
BODY_LIMIT = 104_857_600  # bytes
# An app setting that only this host knows: one schedule for all timers, for tests that would otherwise wait a minute.
SCHEDULE = "LOCAL_HOST_SCHEDULE"


class QueueOptions(BaseModel):
    """Section `extensions.queues` of host.json, with the host's defaults.

    https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue#host-json
    """

    model_config = ConfigDict(frozen=True, alias_generator=to_camel)

    batch_size: int = Field(default=16, ge=1, le=32)
    new_batch_threshold: int = Field(
        default_factory=lambda options: options["batch_size"] // 2 * (os.cpu_count() or 1), ge=0
    )
    max_polling_interval: timedelta = Field(default=timedelta(seconds=2), ge=timedelta(milliseconds=100))
    visibility_timeout: timedelta = Field(default=timedelta(0), ge=timedelta(0), le=timedelta(days=7))
    max_dequeue_count: int = Field(default=5, ge=1)
    message_encoding: Literal["base64", "none"] = "base64"


class HttpOptions(BaseModel):
    """Section `extensions.http` of host.json.

    https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook#hostjson-settings
    """

    model_config = ConfigDict(frozen=True, alias_generator=to_camel)

    route_prefix: str = "api"


def queue_options(app_root: Path, environment: Mapping[str, str]) -> QueueOptions:
    """Read host.json. App settings named `AzureFunctionsJobHost__extensions__queues__<name>` override it.

    Raises:
        AppError: host.json or an override isn't valid.
    """
    return _options(QueueOptions, "queues", app_root, environment)


def http_options(app_root: Path, environment: Mapping[str, str]) -> HttpOptions:
    """Read host.json. App settings named `AzureFunctionsJobHost__extensions__http__<name>` override it.

    Raises:
        AppError: host.json or an override isn't valid.
    """
    return _options(HttpOptions, "http", app_root, environment)


def body_limit(environment: Mapping[str, str]) -> int:
    """Return how many bytes a request's body may have. A setting that isn't a number is ignored, as in Azure."""
    text = environment.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "")
    return int(text) if text.isdecimal() else BODY_LIMIT


def is_disabled(function: str, environment: Mapping[str, str]) -> bool:
    """Tell whether `AzureWebJobs.<function>.Disabled` is `true` or `1`. If so, nothing listens to its trigger.

    Follows HostListenerFactory in Azure/azure-webjobs-sdk. It also accepts underscores instead of dots, because some
    shells can't set a variable whose name has dots.
    """
    names = {f"azurewebjobs{sign}{function}{sign}disabled".lower() for sign in "._"}
    return any(value.lower() in {"true", "1"} for name, value in environment.items() if name.lower() in names)


def resolve(text: str, environment: Mapping[str, str]) -> str:
    """Replace each `%SETTING%` with the value of that app setting.

    Raises:
        AppError: an app setting is missing.
    """

    def value(match: re.Match[str]) -> str:
        try:
            return environment[match[1]]
        except KeyError:
            raise AppError(f"{text!r} refers to the app setting {match[1]!r}, which isn't set") from None

    return re.sub(r"%([^%]+)%", value, text)


def _options[T: BaseModel](model: type[T], section: str, app_root: Path, environment: Mapping[str, str]) -> T:
    names = {str(field.alias).lower(): str(field.alias) for field in model.model_fields.values()}
    prefix = f"{OVERRIDE}{section}__"
    try:
        values = _section(app_root / "host.json", section)
        for setting, value in environment.items():
            name = setting.lower().removeprefix(prefix)  # the Functions host ignores the case of settings
            if setting.lower().startswith(prefix) and name in names:
                values[names[name]] = value
        return model.model_validate(values)
    except (ValidationError, json.JSONDecodeError) as error:
        raise AppError(f"section {section} of host.json, or one of its overrides, isn't valid: {error}") from error


def _section(path: Path, name: str) -> dict[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return dict(content.get("extensions", {}).get(name, {}))
