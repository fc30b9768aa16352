"""The app settings. No other module reads them.

Bicep, the local stack and the documentation use the same names and defaults. For storage, the names are those of Azure
Functions: `AzureWebJobsStorage` is a connection string. If an identity is used instead,
`AzureWebJobsStorage__accountName` is the name of the account.
"""

import json
import os
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BeforeValidator,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from activities import setting_rules
from activities.setting_rules import AccountName, ContainerName, QueueName, TableName

Seconds = Annotated[PositiveFloat, Field(allow_inf_nan=False)]
Hours = PositiveFloat
Name = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
# Portals and templates write an empty text if there's no value.
_OR_NONE = BeforeValidator(lambda value: value or None)
_OF_SENDERS = "WEBHOOK_SECRET_"
_VISIBILITY = "AzureFunctionsJobHost__extensions__queues__visibilityTimeout"


# A request is sent only if the lease outlasts it. The rest of the lease is for storing the lease before that.
_PART_OF_LEASE = 0.9


class Settings(BaseSettings):
    """Everything that an administrator can set, validated when the process starts.

    Times are in seconds, unless the name says hours. Fractions are allowed.
    """

    model_config = SettingsConfigDict(frozen=True, case_sensitive=True, extra="ignore", hide_input_in_errors=True)

    learning_provider_id: Name = Field(alias="LEARNING_PROVIDER_ID")
    graph_base_url: Name = Field("https://graph.microsoft.com/v1.0", alias="GRAPH_BASE_URL")
    client_id: Annotated[str | None, _OR_NONE] = Field(None, alias="AZURE_CLIENT_ID")

    storage_connection_string: Annotated[SecretStr | None, _OR_NONE] = Field(None, alias="AzureWebJobsStorage")
    storage_account_name: Annotated[AccountName | None, _OR_NONE] = Field(
        None, alias="AzureWebJobsStorage__accountName"
    )
    storage_client_id: Annotated[str | None, _OR_NONE] = Field(None, alias="AzureWebJobsStorage__clientId")

    events_queue: QueueName = Field("lms-events", alias="LMS_EVENTS_QUEUE")
    retry_queue: QueueName = Field("lms-events-retry", alias="LMS_EVENTS_RETRY_QUEUE")
    dead_letter_container: ContainerName = Field("dead-letters", alias="DEAD_LETTER_CONTAINER")
    event_body_container: ContainerName = Field("event-bodies", alias="EVENT_BODY_CONTAINER")
    activities_table: TableName = Field("activities", alias="ACTIVITIES_TABLE")
    people_table: TableName = Field("people", alias="PEOPLE_TABLE")

    formats_folder: Annotated[Path | None, _OR_NONE] = Field(None, alias="LMS_FORMATS_DIR")
    sources: str | None = Field(None, alias="LMS_SOURCES")
    # The webhook door reads this setting, so that a mistake closes the door and nothing else.
    webhooks: str | None = Field(None, alias="WEBHOOKS")

    retry_max_age_hours: Hours = Field(48, alias="RETRY_MAX_AGE_HOURS")
    content_max_age_hours: Hours = Field(72, alias="CONTENT_MAX_AGE_HOURS")
    blame_tries: PositiveInt = Field(5, alias="BLAME_TRIES")
    hold_seconds: Seconds = Field(300, alias="HOLD_SECONDS")
    graph_deadline: Seconds = Field(40, alias="GRAPH_DEADLINE_SECONDS")
    lease: Seconds = Field(60, alias="LEASE_SECONDS")
    clock_margin: Seconds = Field(10, alias="CLOCK_MARGIN_SECONDS")
    settle: Seconds = Field(60, alias="SETTLE_SECONDS")
    kind_grace: Seconds = Field(120, alias="KIND_GRACE_SECONDS")
    share_seconds: Seconds = Field(30, alias="SHARE_SECONDS")
    sync_mode: Annotated[Literal["live", "shadow"], BeforeValidator(setting_rules.mode)] = Field(
        "live", alias="SYNC_MODE"
    )
    pilot_learners: Annotated[frozenset[str] | None, NoDecode, BeforeValidator(setting_rules.names)] = Field(
        None, alias="PILOT_LEARNERS"
    )
    ledger_rebuild: Annotated[bool, BeforeValidator(lambda value: value or False)] = Field(
        default=False, alias="LEDGER_REBUILD"
    )

    retention_days: Annotated[PositiveInt | None, _OR_NONE] = Field(None, alias="RETENTION_DAYS")

    @field_validator("*", mode="before")
    @classmethod
    def _resolved(cls, value: object, info: ValidationInfo) -> object:
        """Refuse a reference to a secret or a setting elsewhere if it wasn't resolved."""
        return value if info.field_name == "webhooks" else setting_rules.resolved(value)

    @field_validator("storage_connection_string")
    @classmethod
    def _understood_by_all(cls, value: SecretStr | None) -> SecretStr | None:
        """Convert a connection string to a form that every library understands."""
        return None if value is None else SecretStr(setting_rules.connection_string(value.get_secret_value()))

    @field_validator("graph_base_url")
    @classmethod
    def _may_be_sent_tokens(cls, value: str) -> str:
        """Refuse a base URL that no token may be sent to, because every request would fail."""
        url = urlsplit(value)
        local = url.scheme == "http" and url.hostname in {"localhost", "127.0.0.1", "::1"}
        if not (local or (url.scheme == "https" and url.hostname)):
            raise ValueError("use https, except on this machine")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Refuse times that let a request outlive its lease, one name for two things, and missing storage."""
        if self.graph_deadline > _PART_OF_LEASE * self.lease:
            raise ValueError("GRAPH_DEADLINE_SECONDS must be at most nine tenths of LEASE_SECONDS")
        if self.clock_margin >= self.lease:
            raise ValueError("CLOCK_MARGIN_SECONDS must be less than LEASE_SECONDS")
        if self.storage_connection_string is None and self.storage_account_name is None:
            raise ValueError("set AzureWebJobsStorage or AzureWebJobsStorage__accountName")
        for one, other in _DIFFERENT:
            # The table service doesn't tell upper from lower case in names.
            if getattr(self, one).lower() == getattr(self, other).lower():
                names = [str(type(self).model_fields[field].alias) for field in (one, other)]
                raise ValueError(f"{names[0]} and {names[1]} are the same: use two different names")
        return self

    def check_host(self, folder: Path) -> None:
        """Refuse a host that would deliver a failed message again while its record may still be leased.

        Args:
            folder: the app's folder, which contains host.json. An app setting overrides host.json.

        Raises:
            ValueError: the time until the next delivery is missing, too short or not a time.
        """
        where, text = _visibility_timeout(folder / "host.json")
        try:
            found = setting_rules.time_span(text)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
        needed = self.lease + self.clock_margin
        if found < needed:
            raise ValueError(
                f"{where} must be at least LEASE_SECONDS and CLOCK_MARGIN_SECONDS together, which is {needed:g} s"
            )


def webhook_secrets() -> dict[str, SecretStr]:
    """Return the webhook senders' secrets, by the names of their app settings."""
    return {name: SecretStr(value) for name, value in os.environ.items() if name.startswith(_OF_SENDERS)}


_DIFFERENT = (
    ("events_queue", "retry_queue"),
    ("dead_letter_container", "event_body_container"),
    ("activities_table", "people_table"),
)


def _visibility_timeout(host_json: Path) -> tuple[str, str]:
    """Return the host's delay before it delivers a failed message again: where it's set, and its text."""
    for name, value in os.environ.items():
        # The host ignores the case of its settings' names, and takes a colon for two underscores.
        if name.replace(":", "__").lower() == _VISIBILITY.lower():
            return name, value
    try:
        queues = json.loads(host_json.read_text(encoding="utf-8-sig"))["extensions"]["queues"]
        return "visibilityTimeout in host.json", str(queues["visibilityTimeout"])
    except (OSError, ValueError, LookupError, TypeError):
        # Without this setting, the host delivers the message again at once.
        return "visibilityTimeout in host.json", "00:00:00"
