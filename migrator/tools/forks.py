"""The same work for many items, in copies of this process: as many at a time as are asked for.

A copy (fork) has all that was read and imported, so nothing is sent to it and nothing imported again; what
comes back is bytes on a pipe. It takes a few items and ends, so its memory does not grow with their number,
and what kills it costs the one item that it was at. A pool of `multiprocessing` would send pickles.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from migrator.model.errors import EnvironmentProblem

Work = Callable[[int], bytes]
"""An item by its number -> its answer, which holds no line feed."""

_MOST: Final = 16
"""Items of one copy."""
_CHUNK: Final = 1 << 16
_GRACE: Final = 5.0
"""Seconds that a copy which is told to end has for its cleaning up."""
_TICK: Final = 0.02


class Answer(NamedTuple):
    """``data`` is what the work gave for an item, None where its process was ended: ``end`` says how."""

    item: int
    data: bytes | None
    end: str = ""


class _Copy(Struct, kw_only=True):
    """A copy at work: ``items`` are those that it has not answered, the one that it is at first."""

    pid: int
    pipe: int
    items: deque[int]
    unread: bytes = b""


def processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spread(items: Sequence[int], work: Work, jobs: int) -> Iterator[Answer]:
    """The answers as they come, with at most ``jobs`` copies at a time; all are ended when the iterator is
    closed. In this very process where it cannot be copied: a copy has one thread, and the locks of all."""
    if not hasattr(os, "fork") or threading.active_count() > 1:
        yield from (Answer(item, work(item)) for item in items)
        return
    waiting = deque(items)
    copies: dict[int, _Copy] = {}
    with selectors.DefaultSelector() as selector, _ended(copies):
        while waiting or copies:
            while waiting and len(copies) < jobs:
                share = _share(waiting, jobs)
                copy = _copied(share, work, tuple(copies))
                copies[copy.pipe] = copy
                selector.register(copy.pipe, selectors.EVENT_READ)
            for key, _ in selector.select():
                copy = copies[key.fd]
                data = os.read(copy.pipe, _CHUNK)
                yield from _answers(copy, data)
                if not data:
                    selector.unregister(copy.pipe)
                    del copies[copy.pipe]
                    yield from _at_its_end(copy, waiting)


def _share(waiting: deque[int], jobs: int) -> deque[int]:
    """The items of the next copy: fewer towards the end, so that all end at about the same time."""
    count = min(_MOST, -(-len(waiting) // (2 * jobs)))
    return deque(waiting.popleft() for _ in range(count))


def _copied(items: deque[int], work: Work, others: Iterable[int]) -> _Copy:
    reading, writing = os.pipe()
    try:
        pid = os.fork()
    except OSError as error:
        os.close(reading)
        os.close(writing)
        raise EnvironmentProblem(f"no process can be started: {error.strerror}") from None
    if pid == 0:
        _work_off(items, work, writing, (reading, *others))
    os.close(writing)
    return _Copy(pid=pid, pipe=reading, items=items)


def _work_off(items: Iterable[int], work: Work, pipe: int, others: Iterable[int]) -> None:
    """The life of a copy, which ends here. The pipes of others are closed: whoever holds one keeps a
    copy from finding out that nobody reads its answers any more."""
    code = 1
    try:
        for other in others:
            os.close(other)
        for item in items:
            _write(pipe, work(item) + b"\n")
        code = 0
    except BrokenPipeError:
        pass  # the first process is gone
    except KeyboardInterrupt:
        pass
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)  # nothing that the first process has buffered is written twice


def _write(pipe: int, data: bytes) -> None:
    while data:
        data = data[os.write(pipe, data) :]


def _answers(copy: _Copy, data: bytes) -> Iterator[Answer]:
    *lines, copy.unread = (copy.unread + data).split(b"\n")
    yield from (Answer(copy.items.popleft(), line) for line in lines)


def _at_its_end(copy: _Copy, waiting: deque[int]) -> Iterator[Answer]:
    """What it was at when it was ended is lost; what it had not begun waits again."""
    os.close(copy.pipe)
    _, status = os.waitpid(copy.pid, 0)
    if copy.items:
        yield Answer(copy.items.popleft(), None, _told(os.waitstatus_to_exitcode(status)))
        waiting.extendleft(reversed(copy.items))


def _told(code: int) -> str:
    if code >= 0:
        return "ended before its time"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"


@contextlib.contextmanager
def _ended(copies: dict[int, _Copy]) -> Iterator[None]:
    """No copy outlives the block: each is told to end, and made to where it does not."""
    try:
        yield
    finally:
        left = {copy.pid for copy in copies.values()}
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            until = time.monotonic() + _GRACE
            while left and time.monotonic() < until:
                left -= {pid for pid in left if os.waitpid(pid, os.WNOHANG)[0]}
                time.sleep(_TICK if left else 0)
        for pipe in copies:
            os.close(pipe)
