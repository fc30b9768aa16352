"""What happens while the app loads, before there is an event loop."""

from pathlib import Path

from activities.settings import Settings
from activities.storage.account import check_account


def load_settings(folder: Path) -> Settings:
    """Read the settings of the app in this folder. Refuse them if no message would get through with them.

    Raises:
        ValueError: a setting is missing or wrong. The message names it, but doesn't show its value.
    """
    settings = Settings()
    settings.check_host(folder)
    check_account(settings)
    return settings
