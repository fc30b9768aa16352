"""Failures in the content of an answer, and behind it."""

import asyncio
import gzip
import json
from dataclasses import replace

from tests.faults.peer.answer import Answer
from tests.faults.peer.line import Line
from tests.faults.peer.table import ALWAYS, request

SMUGGLED = Answer(201, (("Content-Type", "application/json"),), json.dumps({"id": "smuggled"}).encode())


def half(answer: Answer) -> bytes:
    """Return the head, and half of the content that it announces."""
    return answer.head + answer.content[: len(answer.content) // 2]


def chunk(content: bytes) -> bytes:
    """Return some content as a chunk."""
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


@request()
async def closed_in_the_body(line: Line, answer: Answer) -> None:
    """The connection ends in the content, in good order."""
    await line.send(half(answer.filled))
    await line.say_farewell()


@request()
async def reset_in_the_body(line: Line, answer: Answer) -> None:
    """The connection is reset in the content."""
    await line.send(half(answer.filled))
    await line.reset()


@request(hangs=True)
async def silent_in_the_body(line: Line, answer: Answer) -> None:
    """The content stops in the middle."""
    await line.send(half(answer.filled))
    await line.hang()


@request(drips=True)
async def trickling_body(line: Line, answer: Answer) -> None:
    """The content comes byte by byte, each in time."""
    answer = answer.filled
    padded = replace(answer, content=answer.content + b" " * 1000)
    await line.send(padded.head)
    await line.send_slowly(padded.content)
    line.end()


@request(drips=True)
async def endless_body(line: Line, answer: Answer) -> None:
    """The content has no end."""
    answer = answer.filled
    await line.send(answer.chunked + chunk(answer.content))
    while not line.ended:
        await line.send(chunk(b" " * 100))
        await asyncio.sleep(line.pace)


@request(lies=True)
async def cut_where_only_the_end_tells_the_length(line: Line, answer: Answer) -> None:
    """The content is to end with the connection, which ends too early and without the farewell of TLS."""
    answer = answer.filled
    await line.send(answer.status_line + answer.lines + b"\r\n" + answer.content[: len(answer.content) // 2])
    line.end()


@request()
async def bad_size_of_a_chunk(line: Line, answer: Answer) -> None:
    """The size of a chunk is no number."""
    answer = answer.filled
    await line.send(answer.chunked + b"many\r\n" + answer.content + b"\r\n0\r\n\r\n")
    line.end()


@request()
async def closed_between_chunks(line: Line, answer: Answer) -> None:
    """The whole content has come, and the connection ends before the last chunk."""
    answer = answer.filled
    await line.send(answer.chunked + chunk(answer.content))
    line.end()


@request(effects=ALWAYS, error=None)
async def more_than_was_announced(line: Line, answer: Answer) -> None:
    """There are more bytes than the length says."""
    await line.send(answer.whole + b"more")


@request(effects=ALWAYS, error=None)
async def second_answer_behind_the_first(line: Line, answer: Answer) -> None:
    """An answer to a request that nobody has sent follows."""
    await line.send(answer.whole + SMUGGLED.whole)


@request(effects=ALWAYS, error=None)
async def page_of_a_gateway_behind_the_answer(line: Line, answer: Answer) -> None:
    """A gateway says, after the answer, that there is none."""
    await line.send(answer.whole + Answer(502).whole)


@request(effects=ALWAYS, error=None)
async def refusal_of_a_gateway_behind_the_answer(line: Line, answer: Answer) -> None:
    """A gateway refuses, after the answer, what has been done."""
    await line.send(answer.whole + Answer(401).whole)


@request(lies=True)
async def gzip_that_is_none(line: Line, answer: Answer) -> None:
    """The content is not compressed as the headers say."""
    await line.send(answer.filled.having(("Content-Encoding", "gzip")).whole)


@request(lies=True)
async def cut_gzip(line: Line, answer: Answer) -> None:
    """The compressed content is cut, and the length agrees."""
    packed = gzip.compress(answer.filled.content)
    cut = replace(answer.filled, content=packed[: len(packed) // 2])
    await line.send(cut.having(("Content-Encoding", "gzip")).whole)


@request(lies=True)
async def unknown_compression(line: Line, answer: Answer) -> None:
    """The content is compressed in a way that nobody knows."""
    packed = replace(answer.filled, content=bytes(range(256)))
    await line.send(packed.having(("Content-Encoding", "cloud")).whole)


@request(lies=True)
async def garbage_for_json(line: Line, answer: Answer) -> None:
    """The content of a success is no JSON."""
    await line.send(replace(answer.filled, content=b'{"id": "\xff\xfe').whole)


@request(lies=True)
async def json_of_another_kind(line: Line, answer: Answer) -> None:
    """The content of a success is JSON, and no object."""
    await line.send(replace(answer.filled, content=b"[null]").whole)


@request(lies=True)
async def success_without_content(line: Line, answer: Answer) -> None:
    """The status is that of a creation, and there is nothing else."""
    await line.send(replace(answer, status=201, content=b"").whole)
