"""One worker's journal: its bytes, its segments, the bound on the disk, and what its reader makes of damage."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import pytest

from racelab.promises import journal
from racelab.promises import journal_format as form
from tests.instrument.calls import Running, done, opened
from tests.instrument.journals import (
    Judge,
    files,
    nothing_more_is_entered,
    overwrite,
    segment,
    set_writing,
    started,
    tell,
)
from tests.subject.cases import Cases

TEXTS = ("", "k", "ü€🂡", "half a pair: \ud800", "\0", "v" * 1024)


def bytes_of(time: int, body: bytes) -> bytes:
    return form.header(body, crc32(body), time) + body


def test_every_text_comes_back() -> None:
    """Texts of any characters are read as they were written."""
    with Cases() as cases:
        for number, text in enumerate(TEXTS):
            with cases.case(number):
                body = form.body(form.BEGIN, b"buggy", 2**63, text, text[::-1], text, text, 2, True, 2**63)
                told = form.Record(2**62, form.BEGIN, 2, True, "buggy", 2**63, text, text[::-1], text, text, 2**63)
                written = bytes_of(2**62, body)
                assert form.record_at(written, 0) == (told, len(written))
                assert list(form.records_in(written * 2 + bytes(99))) == [(told, len(written))] * 2


def test_a_record_is_read_as_a_whole_or_not_at_all() -> None:
    """A record with a missing or wrong bit anywhere is not read."""
    written = bytes_of(12345, form.body(form.END, b"buggy", 7, "session"))
    for bit in range(8 * len(written)):
        damaged = bytearray(written)
        damaged[bit // 8] ^= 1 << bit % 8
        assert form.record_at(bytes(damaged) + bytes(99), 0) is None, bit
    for length in range(len(written)):
        assert form.record_at(written[:length], 0) is None, length
    assert form.record_at(written, 0)
    assert form.record_at(bytes_of(1, b"no body") + bytes(99), 0) is None


def test_segments_follow_each_other_and_read_ones_are_deleted(tmp_path: Path) -> None:
    """A journal of many segments is read as a whole, and one segment stays."""
    writer, judge = started(tmp_path / "j", segment_bytes=1024), Judge(tmp_path / "j")
    tell(writer, 100)
    assert len(files(tmp_path / "j")) > 10
    judge.settle()
    assert len(judge.buggy.promises()) == 100
    assert len(files(tmp_path / "j")) == 2


def test_the_disk_is_bounded_and_what_is_dropped_is_counted(tmp_path: Path) -> None:
    """Unread, a journal stops growing, counts what it drops, and goes on when read."""
    folder = tmp_path / "j"
    writer, judge = started(folder, segment_bytes=1024, most_segments=4), Judge(folder)
    open_before = Running(writer.ledger("buggy"), "create")
    open_before.call.session_id = "open before"
    tell(writer, 100)
    open_before.end()
    assert len(files(folder)) == 1 + 4
    judge.settle()
    kept = judge.buggy.promises()
    assert "open before" in kept, "a call that was begun in time also ends"
    assert list(kept)[:-1] == [f"session-{number}" for number in range(len(kept) - 1)]
    assert judge.merger.dropped() == {os.getpid(): 2 * (101 - len(kept))}
    assert judge.merger.doubts() == [
        f"Worker {os.getpid()} dropped {2 * (101 - len(kept))} records: its journal was full."
    ]
    opened(writer.ledger("buggy"), "afterwards")
    judge.settle()
    assert "afterwards" in judge.buggy.promises()
    writer.close()
    judge.settle()
    assert files(folder) == []
    assert judge.merger.dropped() == {os.getpid(): 2 * (101 - len(kept))}, "told also after its worker's end"


def test_what_fits_is_not_dropped(tmp_path: Path) -> None:
    """A journal that is read in time drops nothing, however long it gets."""
    writer, judge = started(tmp_path / "j", segment_bytes=1024, most_segments=2), Judge(tmp_path / "j")
    for number in range(100):
        opened(writer.ledger("buggy"), f"{number}")
        judge.settle()
    assert (len(judge.buggy.promises()), judge.merger.doubts()) == (100, [])


def test_calls_begun_in_time_also_end(tmp_path: Path) -> None:
    """In a full journal every call that was begun ends, and no other begins."""
    folder = tmp_path / "j"
    writer, judge = started(folder, segment_bytes=4096, most_segments=2), Judge(folder)
    running = [Running(writer.ledger("buggy"), "update", "s", "k", "v" * 100) for _ in range(100)]
    begun = sum(bool(one.call.number) for one in running)
    assert 0 < begun < 50
    while writer.append(form.body(form.ROW_KEPT, b"buggy", 0, "s")):
        pass
    for one in running:
        one.end()
    assert len(files(folder)) == 1 + 2
    judge.settle()
    assert judge.buggy.totals().of("acknowledged") == begun
    assert judge.merger.dropped() == {os.getpid(): 2 * (100 - begun) + 1}


def test_a_record_that_is_too_long_is_dropped(tmp_path: Path) -> None:
    """A call with an id of 40,000 characters is counted as dropped, the next is not."""
    writer, judge = started(tmp_path / "j"), Judge(tmp_path / "j")
    done(writer.ledger("buggy"), "read", "s" * 40_000)
    done(writer.ledger("buggy"), "read", "s" * 10_000)
    judge.settle()
    assert judge.buggy.totals().of("acknowledged") == 1
    assert judge.merger.dropped() == {os.getpid(): 2}


def test_an_opening_with_a_long_id_ends_as_unknown(tmp_path: Path) -> None:
    """An end that cannot be written as it is ends the call as unknown, with a doubt."""
    writer, judge = started(tmp_path / "j"), Judge(tmp_path / "j")
    opened(writer.ledger("buggy"), "s" * 40_000)
    judge.settle()
    assert dict(judge.buggy.totals().calls) == {("create", "unknown"): 1}
    assert judge.merger.dropped() == {os.getpid(): 1}


def test_a_full_disk_drops_and_does_not_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If no segment can be made, calls go on and are counted as dropped."""
    writer, judge = started(tmp_path / "j", segment_bytes=1024), Judge(tmp_path / "j")

    def full(path: Path, size: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(journal, "_map", full)
        tell(writer, 50)
    opened(writer.ledger("buggy"), "afterwards")
    judge.settle()
    kept = len(judge.buggy.promises())
    assert list(judge.buggy.promises())[-1] == "afterwards"
    assert judge.merger.dropped() == {os.getpid(): 2 * (51 - kept)}


def test_a_folder_that_others_may_open_is_refused(tmp_path: Path) -> None:
    """A folder that is open to others, or a link, is refused."""
    private, public, link = tmp_path / "private", tmp_path / "public", tmp_path / "link"
    started(private)
    assert private.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in private.iterdir()} == {0o600}
    public.mkdir()
    public.chmod(0o750)
    link.symlink_to(private)
    for folder in (public, link):
        with pytest.raises(PermissionError, match="is not a folder for you alone"):
            started(folder)
    assert list(public.iterdir()) == []


def test_a_judge_reads_no_folder_that_others_may_write(tmp_path: Path) -> None:
    """A merger makes its folder, and refuses one that is open to others."""
    Judge(tmp_path / "made")
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o700
    tmp_path.chmod(0o755)
    with pytest.raises(PermissionError, match="is not a folder for you alone"):
        Judge(tmp_path)


def test_a_journal_that_could_not_begin_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without room for its first segment a journal fails, and its reader tidies up."""
    judge = Judge(tmp_path / "j")

    def full(path: Path, size: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(journal, "_map", full)
    with pytest.raises(OSError, match="No space left"):
        started(tmp_path / "j")
    judge.settle()
    assert (files(tmp_path / "j"), judge.merger.living(), judge.merger.doubts()) == ([], [], [])


def test_a_closed_journal_refuses_calls(tmp_path: Path) -> None:
    """After its end a journal refuses a call before it is made."""
    writer = started(tmp_path / "j")
    writer.close()
    writer.close()
    with pytest.raises(RuntimeError, match="This journal is closed"):
        Running(writer.ledger("buggy"), "read", "s")


def test_a_journal_without_open_calls_ends_without_trace(tmp_path: Path) -> None:
    """A worker that ends in order leaves no file, no unknown call and no doubt."""
    writer, judge = started(tmp_path / "j"), Judge(tmp_path / "j")
    tell(writer, 3)
    judge.settle()
    assert judge.merger.living() == [os.getpid()]
    writer.close()
    judge.read()
    assert (judge.merger.living(), files(tmp_path / "j"), judge.merger.cut_short) == ([], [], 0)
    judge.settle()
    assert (judge.merger.doubts(), judge.buggy.totals().of("unknown")) == ([], 0)


def end_of(path: Path) -> int:
    return len(path.read_bytes().rstrip(b"\0"))


def cut_header(path: Path) -> None:
    body = form.body(form.BEGIN, b"buggy", 99, "s")
    overwrite(path, end_of(path) + form.HEADER.size, body)


def torn_body(path: Path) -> None:
    record = bytes_of(2**62, form.body(form.BEGIN, b"buggy", 99, "s"))
    overwrite(path, end_of(path), record[:-1])


def test_a_half_written_record_of_a_dead_worker_ends_its_journal(tmp_path: Path) -> None:
    """What a worker died in is told, and everything before it counts."""
    wounds: tuple[Callable[[Path], None], ...] = (cut_header, torn_body)
    with Cases() as cases:
        for wound in wounds:
            with cases.case(wound.__name__):
                folder = tmp_path / wound.__name__
                writer, judge = started(folder), Judge(folder)
                tell(writer, 3)
                Running(writer.ledger("buggy"), "update", "session-0", "k", "v")
                wound(segment(folder))
                writer.close()
                judge.settle()
                assert (len(judge.buggy.promises()), judge.merger.half_written, judge.merger.cut_short) == (3, 1, 1)
                assert (judge.merger.doubts(), files(folder)) == ([], [])


def test_a_record_that_is_being_written_is_no_damage(tmp_path: Path) -> None:
    """A record of a living worker that is seen before it is complete is read later."""
    writer, judge = started(tmp_path / "j"), Judge(tmp_path / "j")
    tell(writer, 1)
    path = segment(tmp_path / "j")
    set_writing(writer.path, True)  # before the clock is read, as the writer does
    at, record = end_of(path), bytes_of(time.monotonic_ns(), form.body(form.ROW_KEPT, b"buggy", 0, "s"))
    overwrite(path, at + form.HEADER.size, record[form.HEADER.size :])
    judge.reaches(2)
    nothing_more_is_entered(judge)
    overwrite(path, at, record)
    set_writing(writer.path, False)
    judge.settle()
    assert (judge.buggy.attempts("s"), judge.merger.doubts()) == (1, [])


def test_damage_in_the_middle_is_told(tmp_path: Path) -> None:
    """A damaged record ends the journal of a dead or living worker, with a doubt."""
    with Cases() as cases:
        for dead in (True, False):
            with cases.case(f"dead={dead}"):
                folder = tmp_path / f"{dead}"
                writer, judge = started(folder), Judge(folder)
                tell(writer, 1)
                running = Running(writer.ledger("buggy"), "update", "session-0", "k", "v")
                at = end_of(segment(folder))
                tell(writer, 3)
                overwrite(segment(folder), at + form.HEADER.size, b"\xff")
                if dead:
                    writer.close()
                judge.settle()
                totals = judge.buggy.totals()
                assert (totals.of("acknowledged"), totals.of("unknown"), totals.in_flight) == (1, 1, 0)
                assert judge.merger.doubts() == [
                    f"The journal of worker {os.getpid()} is damaged: what was written later is not known."
                ]
                assert judge.merger.living() == ([] if dead else [os.getpid()])
                if not dead:
                    running.end()
                    writer.close()
                judge.settle()
                assert (files(folder), judge.merger.cut_short, len(judge.merger.doubts())) == ([], 1, 1)


def test_a_lost_segment_is_told(tmp_path: Path) -> None:
    """A segment that somebody deleted ends the journal with a doubt."""
    writer, judge = started(tmp_path / "j", segment_bytes=1024), Judge(tmp_path / "j")
    tell(writer, 50)
    segment(tmp_path / "j", 2).unlink()
    judge.settle()
    assert judge.merger.doubts() == [
        f"The journal of worker {os.getpid()} lacks a segment: what was written later is not known."
    ]
    assert 0 < len(judge.buggy.promises()) < 50
