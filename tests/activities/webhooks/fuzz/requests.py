"""Makes up requests from senders that prove who they are, and from others, with bodies and headers of any sort."""

import gzip
import json
import string
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from activities.webhooks.content import LARGEST
from activities.webhooks.request import Request
from tests.activities.webhooks.proofs import PROOFS

# In every secret, every body and every unknown name, so that a line that shows one is found.
MARKER = "leaks"
_NAMES = (
    f"../{MARKER}",
    f"{MARKER}\n",
    f"{MARKER}é",
    f"Moodle{MARKER}",
    MARKER,
    f"{MARKER}/statements",
    f"{MARKER}%00",
)
_ENCODINGS = ("", "", "", "identity", "gzip", "gzip", "GZIP", "br", "deflate", "gzip, gzip", "é", "chunked")
_ODD = "\x00\x7f\u2028é🎓\ud800"


@dataclass(frozen=True, slots=True)
class Made:
    """A request, and whether it proves who sent it."""

    request: Request
    proven: bool


def make(random: Random) -> Made:
    """Make up one request."""
    body = _body(random)
    encoding = random.choice(_ENCODINGS)
    if encoding.strip().lower() == "gzip" and random.random() < 0.8:
        body = _damaged(random, gzip.compress(body)) if random.random() < 0.3 else gzip.compress(body)
    name = random.choice(list(PROOFS))
    headers = {key.lower(): value for key, value in _proof(name, body).items()}
    proven = bool(headers)
    match random.randrange(8):
        case 0:
            headers, proven = {}, False
        case 1:
            name, proven = random.choice(_NAMES), False
        case 2 if headers:
            headers, proven = _changed(random, headers), False
        case 3 if name in {"learnupon", "hr"}:
            body, proven = body + b" ", False
        case 4:
            other = random.choice([one for one in PROOFS if one != name])
            headers, proven = {key.lower(): value for key, value in _proof(other, body).items()}, False
    more = {_word(random).lower(): _value(random) for _ in range(random.randrange(4))}
    if encoding:
        more["content-encoding"] = encoding
    if random.random() < 0.3:
        more["x-experience-api-version"] = random.choice(["1.0.3", "2.0.0", _value(random)])
    return Made(
        Request(
            name=name,
            route=random.choice(["webhook", "statements"]),
            method=random.choice(["POST", "POST", "PUT"]),
            headers={**more, **headers},
            query=random.choice([{}, {}, {"statementId": _word(random)}, {"method": "GET"}, {MARKER: _value(random)}]),
            body=body,
        ),
        proven,
    )


def _proof(name: str, body: bytes) -> Mapping[str, str]:
    """Return a sender's proof, or none if its library can't sign such a body."""
    try:
        return PROOFS[name](body)
    except UnicodeDecodeError:
        return {}


def _changed(random: Random, headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with one of them missing, doubled, longer or shorter."""
    name = random.choice(list(headers))
    value = headers[name]
    others = {key: other for key, other in headers.items() if key != name}
    match random.randrange(5):
        case 0:
            return others
        case 1:
            return {**others, name: f"{value},{value}"}
        case 2:
            return {**others, name: value[:-1]} if name != "webhook-timestamp" else others
        case 3:
            return {**others, name: _value(random)}
        case _:
            return {**others, name: f"{value}{random.choice(string.ascii_letters)}"}


def _body(random: Random) -> bytes:  # noqa: PLR0911  one for each sort
    match random.randrange(9):
        case 0:
            return b""
        case 1:
            return random.randbytes(random.randrange(2000))
        case 2:
            return b"[" * random.randrange(1, 3000) + MARKER.encode()
        case 3 if random.random() < 0.05:
            return b" " * (LARGEST + random.randrange(-1, 2))
        case 4:
            return _damaged(random, json.dumps(_value_of(random, 4)).encode())
        case 5:
            statements = [_statement(random) for _ in range(random.randrange(4))]
            return json.dumps(statements).encode()
        case 6:
            return json.dumps(_statement(random), ensure_ascii=True).encode()
        case _:
            return json.dumps(_value_of(random, 4)).encode()


def _statement(random: Random) -> dict[str, object]:
    names = [*random.sample(["actor", "verb", "object", "id", MARKER], random.randrange(1, 6))]
    return {name: _value_of(random, 2) for name in names}


def _value_of(random: Random, depth: int) -> object:
    match random.randrange(7 if depth else 5):
        case 0:
            return random.choice([None, True, 0, -1, 1e300, 10**30])
        case 1:
            return _word(random)
        case 5:
            return [_value_of(random, depth - 1) for _ in range(random.randrange(4))]
        case 6:
            return {_word(random): _value_of(random, depth - 1) for _ in range(random.randrange(4))}
        case _:
            return MARKER + random.choice(_ODD)


def _damaged(random: Random, body: bytes) -> bytes:
    """Return the body with some bytes changed, removed or inserted."""
    changed = bytearray(body)
    for _ in range(random.randrange(1, 5)):
        at = random.randrange(len(changed) + 1)
        changed[at : at + random.randrange(3)] = random.randbytes(random.randrange(3))
    return bytes(changed)


def _word(random: Random) -> str:
    return MARKER + "".join(random.choices(string.ascii_letters, k=random.randrange(1, 12)))


def _value(random: Random) -> str:
    return MARKER + "".join(random.choices(string.printable + "é🎓\udcff", k=random.randrange(40)))
