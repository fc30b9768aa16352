"""A queue message, and what the host passes to the function: the text and the trigger metadata."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from azure.storage.queue import QueueMessage

from tools.develop.host.rpc import TypedData


class UndecodableError(ValueError):
    """The body isn't base64, although host.json says it is."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as received from storage. `text` isn't decoded yet."""

    id: str
    text: str
    dequeue_count: int
    pop_receipt: str
    inserted: datetime
    expires: datetime
    next_visible: datetime

    @classmethod
    def received(cls, message: QueueMessage) -> Self:
        """Convert the SDK's message."""
        return cls(
            id=present(message.id),
            text=present(message.content),
            dequeue_count=present(message.dequeue_count),
            pop_receipt=present(message.pop_receipt),
            inserted=present(message.inserted_on),
            expires=present(message.expires_on),
            next_visible=present(message.next_visible_on),
        )

    def body(self, encoding: str) -> bytes:
        """Decode the body according to `messageEncoding` in host.json.

        Raises:
            UndecodableError: the text isn't base64.
        """
        if encoding == "none":
            return self.text.encode()
        try:
            return base64.b64decode("".join(self.text.split()), validate=True)  # .NET ignores white space
        except ValueError:
            raise UndecodableError from None

    def metadata(self, text: str) -> dict[str, TypedData]:
        """Build the trigger metadata. If the body is a JSON object, its top-level properties override the metadata.

        For example, a property `id` in the body, in upper or lower case, replaces the message's id. Follows
        QueueTriggerBinding.CreateBindingData and ApplyBindingData in the Functions host.
        """
        data = {
            "QueueTrigger": TypedData(string=text),
            "DequeueCount": _json(self.dequeue_count),
            "ExpirationTime": _json(self.expires.isoformat()),
            "Id": TypedData(string=self.id),
            "InsertionTime": _json(self.inserted.isoformat()),
            "NextVisibleTime": _json(self.next_visible.isoformat()),
            "PopReceipt": TypedData(string=self.pop_receipt),
        }
        names = {name.lower(): name for name in data}
        for key, value in _properties(text).items():
            if value is None or isinstance(value, list):
                continue
            name = names.setdefault(key.lower(), key)
            data[name] = _json(value) if isinstance(value, dict) else TypedData(string=str(value))
        return data


def present[T](value: T | None) -> T:
    """Return a value that every received message has, although the SDK declares it as optional."""
    if value is None:
        raise TypeError("storage returned a message without a required property")
    return value


def _properties(text: str) -> dict[str, Any]:
    if not text.strip().startswith("{"):
        return {}
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _json(value: object) -> TypedData:
    return TypedData(json=json.dumps(value))
