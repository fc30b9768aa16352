"""Failures of TLS after the handshake."""

from tests.faults.peer.answer import Answer
from tests.faults.peer.handshakes import ALERT
from tests.faults.peer.line import Line
from tests.faults.peer.table import request


@request(tls=True)
async def spoilt_record_instead_of_an_answer(line: Line, answer: Answer) -> None:
    """The answer comes in a record whose code of authentication is wrong."""
    await line.send_spoilt(answer.whole)


@request(tls=True)
async def spoilt_record_in_the_answer(line: Line, answer: Answer) -> None:
    """The head of the answer is sound, and the record with its content is spoilt."""
    answer = answer.filled
    await line.send(answer.head)
    await line.send_spoilt(answer.content)


@request(tls=True)
async def farewell_instead_of_an_answer(line: Line, _answer: Answer) -> None:
    """The server takes its leave of TLS instead of answering."""
    await line.say_farewell()


@request(tls=True)
async def no_farewell_in_the_body(line: Line, answer: Answer) -> None:
    """The connection ends in the middle of the content, and TLS does not."""
    answer = answer.filled
    await line.send(answer.head + answer.content[: len(answer.content) // 2])
    line.end()


@request(tls=True)
async def plain_http_after_the_handshake(line: Line, answer: Answer) -> None:
    """The answer comes without TLS."""
    await line.send_raw(answer.whole)


@request(tls=True)
async def plain_alert_after_the_handshake(line: Line, _answer: Answer) -> None:
    """An alert that is not encrypted comes instead of an answer."""
    await line.send_raw(ALERT)
