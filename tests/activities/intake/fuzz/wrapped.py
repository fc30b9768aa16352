"""What publishers and event buses put around events, and how they write them."""

import base64
import json
import random
from typing import Any

# What a queue message holds.
LONGEST = 65_536
# The arrays that formats split, and some that no format splits.
ARRAYS = ("statements", "records", "payloads", "data", "events", "items")


def cloud_event(document: Any) -> dict[str, Any]:  # noqa: ANN401  # any JSON
    """Return a CloudEvent with the document as its data."""
    return {
        "specversion": "1.0",
        "type": "t",
        "source": "/s",
        "id": "1",
        "time": "2026-03-02T08:15:30Z",
        "data": document,
    }


def wrap(document: Any, others: list[Any], chance: random.Random) -> Any:  # noqa: ANN401, PLR0911  # any JSON; one each
    """Return the document in a bus event, an array, an object or a text."""
    text = json.dumps(document)
    match chance.randrange(9):
        case 0:
            return cloud_event(document)
        case 1:
            return cloud_event(text)
        case 2:
            encoded = {"data_base64": base64.b64encode(text.encode()).decode()}
            return {name: value for name, value in cloud_event(None).items() if name != "data"} | encoded
        case 3:
            return {
                "id": "1",
                "eventType": "t",
                "eventTime": "2026-03-02T08:15:30Z",
                "dataVersion": "1",
                "topic": "/t",
            } | {"data": document}
        case 4:
            return [document] * chance.choice([1, 1, 2, 3])
        case 5:
            around = [chance.choice(others) for _ in range(chance.randrange(4))]
            return [*around, document, *around[:1]]
        case 6:
            return {chance.choice(ARRAYS): [document] * chance.choice([0, 1, 2, 3])}
        case 7:
            return text
        case _:
            return cloud_event(document) | {
                "specversion": chance.choice(["0.3", 1.0, None]),
                "time": chance.choice([0, ""]),
            }


def write(document: Any, chance: random.Random) -> bytes:  # noqa: ANN401  # any JSON
    """Return a document's bytes, as one publisher or another writes them."""
    body = json.dumps(document, ensure_ascii=chance.random() < 0.8).encode("utf-8", "surrogatepass")
    for _ in range(chance.choice([0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5])):
        if len(body) > LONGEST // 2:
            break
        match chance.randrange(7):
            case 0 | 1 | 2:
                body = base64.b64encode(body)
            case 3:
                body = base64.encodebytes(body)
            case 4:
                body = str(body).encode()
            case 5:
                body = json.dumps(body.decode("latin-1")).encode()
            case _:
                body = chance.choice([b"\xef\xbb\xbf%b", b" \r\n%b\n", b"%b\x00"]).replace(b"%b", body)
    return body
