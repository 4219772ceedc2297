"""The bytes of a journal: what one worker's calls did, record by record.

A record is a header (length, CRC-32, time) and a body. Its header is written last, and the CRC covers time and body,
so a record is there as a whole or not at all, whichever of its bytes another process sees first. `struct`, because
packing takes a fifth of the time that JSON takes, and every request of a load passes here.

A journal is a head file and numbered segments. The head holds a lock for the life of its writer, the byte `writing`
and the number of dropped records.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from typing import Final, NamedTuple, get_args
from zlib import crc32

from ..bugs import Outcome
from .promise import Kind

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)

# Events in the order in which those of one time are applied: calls that touch at one nanosecond have overlapped.
BEGIN, REFRESHING = 1, 2
ROW_REMOVED, ROW_DISCARDED, ROW_KEPT, ATTEMPT_UNANSWERED, ATTEMPTS_FORGOTTEN = 3, 4, 5, 6, 7
END, NEXT, DEATH = 8, 9, 10
"""`NEXT` ends a segment. `DEATH` is not written: the reader adds it when the writer is dead."""

LONGEST: Final = 1 << 15
"""The maximum length of a record in bytes. The longest that a client can cause is a quarter of it."""

HEADER: Final = Struct("<IIQ")  # length of the body, CRC, time
TIME: Final = Struct("<Q")
BODY: Final = Struct("<BBBBQQIIII")  # event, code, flag; the call's number and answer among the lengths of the texts

HEAD: Final = Struct("<Q?7x")  # the number of dropped records, and the byte `writing`
WRITING: Final = 8
DROPPED: Final = Struct("<Q")


class Record(NamedTuple):
    """One event of one worker.

    Attributes:
        time: of the monotonic clock that all processes of this machine share, in nanoseconds.
        event: what happened, one of the constants above.
        code: the index of the kind of a call that begins, or of the outcome of one that ends.
        flag: of an end, whether the fault dial killed the call; of a removal, whether the row was there.
        variant: the manager that was called.
        number: which of the writer's calls it was; of `NEXT`, the number of the next segment.
        caller: of a call that begins, who asked.
        answer: of an increment that ends, the count that it has returned; 0 for none.
    """

    time: int
    event: int
    code: int = 0
    flag: bool = False
    variant: str = ""
    number: int = 0
    session_id: str = ""
    key: str = ""
    value: str = ""
    caller: str = ""
    answer: int = 0


def body(
    event: int,
    variant: bytes,
    number: int = 0,
    session_id: str = "",
    key: str = "",
    value: str = "",
    caller: str = "",
    code: int = 0,
    flag: bool = False,
    answer: int = 0,
) -> bytes:
    """A record without its header. The arguments are those of `Record`; a variant has at most 255 bytes."""
    # A client may send half a surrogate pair; what cannot be encoded must not make the call fail.
    text = session_id + key + value + caller
    texts = text.encode("utf-8", "surrogatepass")
    if len(texts) == len(text):  # ASCII, as nearly always: lengths in letters are lengths in bytes
        lengths = len(session_id), len(key), len(value), len(caller)
    else:
        each = [part.encode("utf-8", "surrogatepass") for part in (session_id, key, value, caller)]
        texts, lengths = b"".join(each), (len(each[0]), len(each[1]), len(each[2]), len(each[3]))
    return BODY.pack(event, code, flag, len(variant), number, answer, *lengths) + variant + texts


def header(record_body: bytes, crc: int, time: int) -> bytes:
    """The header of a record; `crc` is that of its body alone."""
    return HEADER.pack(len(record_body), crc32(TIME.pack(time), crc), time)


def record_at(segment: bytes, at: int) -> tuple[Record, int] | None:
    """The record that begins at `at` and where it ends; None if no complete one is there."""
    start = at + HEADER.size
    if start + BODY.size > len(segment):
        return None
    length, crc, time = HEADER.unpack_from(segment, at)
    end = start + length
    if length < BODY.size or end > len(segment):
        return None
    if crc32(segment[start - TIME.size : start], crc32(segment[start:end])) != crc:
        return None
    event, code, flag, variant, number, answer, one, two, three, _ = BODY.unpack_from(segment, start)
    texts = segment[start + BODY.size : end]
    a, b, c, d = variant, variant + one, variant + one + two, variant + one + two + three
    if texts.isascii():  # as nearly always: a byte is a letter
        text = texts.decode("ascii")
        named, session_id, key, value, caller = text[:a], text[a:b], text[b:c], text[c:d], text[d:]
    else:
        parts = texts[:a], texts[a:b], texts[b:c], texts[c:d], texts[d:]
        named, session_id, key, value, caller = (part.decode("utf-8", "surrogatepass") for part in parts)
    return Record(time, event, code, bool(flag), named, number, session_id, key, value, caller, answer), end


def records_in(chunk: bytes) -> Iterator[tuple[Record, int]]:
    """The complete records at the beginning of these bytes, each with its length."""
    at = 0
    while found := record_at(chunk, at):
        record, end = found
        yield record, end - at
        at = end


def is_begun(rest: bytes) -> bool:
    """Whether anything was written into these bytes."""
    return bool(rest.strip(b"\0"))


def goes_on(rest: bytes) -> bool:
    """Whether a complete record is in these bytes: then their beginning is damaged, and not half-written."""
    return any(record_at(rest, at) for at in range(len(rest.rstrip(b"\0"))))


def segment_path(head: Path, number: int) -> Path:
    """A segment of the journal that has this head."""
    return head.with_suffix(f".{number:06}")
