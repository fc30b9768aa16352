"""The local stack's webhook senders: one that signs its requests, and one that sends xAPI statements."""

import base64
import json
import secrets
from collections.abc import Mapping

from activities.webhooks.senders import secret_names

LMS, LRS = "lms", "lrs"
WEBHOOKS: Mapping[str, Mapping[str, str]] = {
    LMS: {"scheme": "standardWebhooks", "format": "native"},
    LRS: {"scheme": "basic", "user": "lrs", "format": "xapi"},
}


def webhook_settings() -> dict[str, str]:
    """Return these senders' app settings, with new secrets."""
    keys = {secret_names(name)[0]: base64.b64encode(secrets.token_bytes(24)).decode() for name in WEBHOOKS}
    return {"WEBHOOKS": json.dumps(WEBHOOKS), **keys}
