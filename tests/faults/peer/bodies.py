"""Failures in the content of an answer and after it."""

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
    """The connection closes cleanly in the middle of the content."""
    await line.send(half(answer.filled))
    await line.say_farewell()


@request()
async def reset_in_the_body(line: Line, answer: Answer) -> None:
    """The connection is reset in the middle of the content."""
    await line.send(half(answer.filled))
    await line.reset()


@request(hangs=True)
async def silent_in_the_body(line: Line, answer: Answer) -> None:
    """The content stops in the middle."""
    await line.send(half(answer.filled))
    await line.hang()


@request(drips=True)
async def trickling_body(line: Line, answer: Answer) -> None:
    """The content comes byte by byte, and no byte is late."""
    answer = answer.filled
    padded = replace(answer, content=answer.content + b" " * 1000)
    await line.send(padded.head)
    await line.send_slowly(padded.content)
    line.end()


@request(drips=True)
async def endless_body(line: Line, answer: Answer) -> None:
    """The content never ends."""
    answer = answer.filled
    await line.send(answer.chunked + chunk(answer.content))
    while not line.ended:
        await line.send(chunk(b" " * 100))
        await asyncio.sleep(line.pace)


@request(lies=True)
async def cut_where_only_the_end_tells_the_length(line: Line, answer: Answer) -> None:
    """Only the end of the connection shows where the content ends. It comes too early, without a TLS close_notify."""
    answer = answer.filled
    await line.send(answer.status_line + answer.lines + b"\r\n" + answer.content[: len(answer.content) // 2])
    line.end()


@request()
async def bad_size_of_a_chunk(line: Line, answer: Answer) -> None:
    """The size of a chunk isn't a number."""
    answer = answer.filled
    await line.send(answer.chunked + b"many\r\n" + answer.content + b"\r\n0\r\n\r\n")
    line.end()


@request()
async def closed_between_chunks(line: Line, answer: Answer) -> None:
    """The whole content comes, but the connection ends before the empty last chunk."""
    answer = answer.filled
    await line.send(answer.chunked + chunk(answer.content))
    line.end()


@request(effects=ALWAYS, error=None)
async def more_than_was_announced(line: Line, answer: Answer) -> None:
    """There are more bytes than the length announces."""
    await line.send(answer.whole + b"more")


@request(effects=ALWAYS, error=None)
async def second_answer_behind_the_first(line: Line, answer: Answer) -> None:
    """After the answer, there's another one, to a request that was never sent."""
    await line.send(answer.whole + SMUGGLED.whole)


@request(effects=ALWAYS, error=None)
async def page_of_a_gateway_behind_the_answer(line: Line, answer: Answer) -> None:
    """After the answer, a gateway says that it got none."""
    await line.send(answer.whole + Answer(502).whole)


@request(effects=ALWAYS, error=None)
async def refusal_of_a_gateway_behind_the_answer(line: Line, answer: Answer) -> None:
    """After the answer, a gateway refuses the request, which has already been carried out."""
    await line.send(answer.whole + Answer(401).whole)


@request(lies=True)
async def gzip_that_is_none(line: Line, answer: Answer) -> None:
    """The content isn't compressed, although the headers say so."""
    await line.send(answer.filled.having(("Content-Encoding", "gzip")).whole)


@request(lies=True)
async def cut_gzip(line: Line, answer: Answer) -> None:
    """The compressed content is cut short, and Content-Length is that of the cut content."""
    packed = gzip.compress(answer.filled.content)
    cut = replace(answer.filled, content=packed[: len(packed) // 2])
    await line.send(cut.having(("Content-Encoding", "gzip")).whole)


@request(lies=True)
async def unknown_compression(line: Line, answer: Answer) -> None:
    """The content is compressed in an unknown way."""
    packed = replace(answer.filled, content=bytes(range(256)))
    await line.send(packed.having(("Content-Encoding", "cloud")).whole)


@request(lies=True)
async def garbage_for_json(line: Line, answer: Answer) -> None:
    """The content of a success isn't JSON."""
    await line.send(replace(answer.filled, content=b'{"id": "\xff\xfe').whole)


@request(lies=True)
async def json_of_another_kind(line: Line, answer: Answer) -> None:
    """The content of a success is JSON but not an object."""
    await line.send(replace(answer.filled, content=b"[null]").whole)


@request(lies=True)
async def success_without_content(line: Line, answer: Answer) -> None:
    """The status is 201, but there's no content."""
    await line.send(replace(answer, status=201, content=b"").whole)
