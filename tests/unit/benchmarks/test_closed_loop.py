"""Answers are read off the wire whole, and looked into later."""

import asyncio

import pytest

from benchmarks.closed_loop import Answer, read_answer, request


async def test_an_answer_ends_where_its_length_says() -> None:
    """Its head, its body, and not a byte of the next one."""
    reader = asyncio.StreamReader()
    reader.feed_data(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 429")
    head, body = await read_answer(reader)
    assert (head.splitlines()[0], body) == (b"HTTP/1.1 200 OK", b"{}")


async def test_an_answer_without_a_length_is_an_error() -> None:
    """Nothing is guessed."""
    reader = asyncio.StreamReader()
    reader.feed_data(b"HTTP/1.1 200 OK\r\n\r\n")
    with pytest.raises(RuntimeError, match="Content-Length"):
        await read_answer(reader)


def test_the_status_is_the_number_of_the_first_line() -> None:
    """Whatever words follow it."""
    assert Answer(0, 0, 0, 0, b"HTTP/1.1 429 Too Many Requests\r\n\r\n", b"").status == 429


def test_a_request_is_prepared_as_it_goes_over_the_wire() -> None:
    """A POST of the photo with the token and its length."""
    head, _, body = request("http://127.0.0.1:8/v1/identify?x=1", "t", b"photo").partition(
        b"\r\n\r\n"
    )
    assert head.splitlines()[0] == b"POST /v1/identify?x=1 HTTP/1.1"
    assert {b"Authorization: Bearer t", b"Content-Length: 5"} <= set(head.splitlines())
    assert body == b"photo"
