"""Failures of TLS after the handshake."""

from tests.faults.peer.answer import Answer
from tests.faults.peer.handshakes import ALERT
from tests.faults.peer.line import Line
from tests.faults.peer.table import request


@request(tls=True)
async def spoilt_record_instead_of_an_answer(line: Line, answer: Answer) -> None:
    """The answer comes in a TLS record with a wrong authentication code."""
    await line.send_spoilt(answer.whole)


@request(tls=True)
async def spoilt_record_in_the_answer(line: Line, answer: Answer) -> None:
    """The head of the answer is intact, but the record with its content is damaged."""
    answer = answer.filled
    await line.send(answer.head)
    await line.send_spoilt(answer.content)


@request(tls=True)
async def farewell_instead_of_an_answer(line: Line, _answer: Answer) -> None:
    """The server sends a TLS close_notify instead of an answer."""
    await line.say_farewell()


@request(tls=True)
async def no_farewell_in_the_body(line: Line, answer: Answer) -> None:
    """The connection ends in the middle of the content without a TLS close_notify."""
    answer = answer.filled
    await line.send(answer.head + answer.content[: len(answer.content) // 2])
    line.end()


@request(tls=True)
async def plain_http_after_the_handshake(line: Line, answer: Answer) -> None:
    """The answer comes without TLS."""
    await line.send_raw(answer.whole)


@request(tls=True)
async def plain_alert_after_the_handshake(line: Line, _answer: Answer) -> None:
    """An unencrypted alert comes instead of an answer."""
    await line.send_raw(ALERT)
