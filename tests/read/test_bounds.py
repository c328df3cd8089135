"""What costs hours or waits for ever is refused, in seconds of CPU and one line."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from migrator.read.files import read_bytes
from migrator.tools.bounds import DOCUMENTS, INPUT_TIME
from tests.read.support import nad, names, read, refused, write


def test_a_file_of_too_many_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DOCUMENTS.variable, "2")
    write(tmp_path, {"a.yaml": "---\n".join([nad("a"), nad("b")])})
    assert names(read(tmp_path)) == ["a", "b"]
    write(tmp_path, {"a.yaml": "---\n".join([nad("a"), nad("b"), nad("c")])})
    [line] = refused(tmp_path)
    assert line.startswith(f"{tmp_path}/a.yaml:1: more than 2 documents, which are not read; ")


def test_a_million_documents_are_refused_before_they_are_split(tmp_path: Path) -> None:
    for name, text in (("empty", b"---\n"), ("small", b"---\na: 1\n"), ("ends", b"...\r")):
        (tmp_path / f"{name}.yaml").write_bytes(text * 2_000_000)
    begin = time.process_time()
    for name in ("empty", "small", "ends"):
        [line] = refused(tmp_path / f"{name}.yaml")
        assert ": more than 100,000 documents, which are not read; " in line
    assert time.process_time() - begin < 5


def test_a_root_that_cannot_be_built_is_not_asked_for_what_it_fetches(tmp_path: Path) -> None:
    text = "resources: [http://127.0.0.1/multus, multus-that-is-gone.yaml]\n"
    write(tmp_path, {"a.yaml": nad(), "multus/kustomization.yaml": text})
    said = [problem.message for problem in read(tmp_path).problems]
    assert any("nothing is downloaded here" in message for message in said)


def test_a_pipe_without_a_writer_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(INPUT_TIME.variable, "1")
    os.mkfifo(tmp_path / "pipe.yaml")
    [line] = refused(tmp_path / "pipe.yaml")
    assert "pipe.yaml:1: nothing more came within 1 seconds, and it did not end; " in line


def test_a_pipe_with_a_late_and_slow_writer_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    def write_late() -> None:
        time.sleep(0.3)
        with (tmp_path / "pipe").open("wb", buffering=0) as pipe:
            for part in (b"a", b"b"):
                time.sleep(0.2)
                pipe.write(part)

    thread = threading.Thread(target=write_late)
    thread.start()
    assert read_bytes(tmp_path / "pipe") == b"ab"
    thread.join()


def test_a_pipe_of_the_shell_is_read_and_may_be_empty() -> None:
    for data in (b"x" * 10, b""):
        reading, writing = os.pipe()
        os.write(writing, data)
        os.close(writing)
        begin = time.monotonic()
        assert read_bytes(Path(f"/dev/fd/{reading}")) == data
        assert time.monotonic() - begin < 5
        os.close(reading)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/random", "/dev/full"])
def test_a_device_is_refused(device: str) -> None:
    [line] = refused(Path(device))
    assert line.startswith(f"{device}:1: ")


def test_a_terminal_is_refused_and_not_waited_for() -> None:
    ours, theirs = os.openpty()
    terminal = os.ttyname(theirs)
    begin = time.monotonic()
    [line] = refused(Path(terminal))
    assert line.startswith(f"{terminal}:1: ")
    assert time.monotonic() - begin < 5
    os.close(ours)
    os.close(theirs)


def test_a_socket_is_refused_and_a_folder_passes_it_over(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(tmp_path / "d" / "s.yaml"))
        [line] = refused(tmp_path / "d" / "s.yaml")
        assert line.startswith(f"{tmp_path}/d/s.yaml:1: cannot be read: ")
        write(tmp_path, {"d/a.yaml": nad()})
        assert names(read(tmp_path / "d")) == ["storage"]


def test_a_pipe_in_a_root_is_refused_before_the_build(tmp_path: Path) -> None:
    write(tmp_path, {"kustomization.yaml": "resources: [pipe.yaml]\n"})
    os.mkfifo(tmp_path / "pipe.yaml")
    [problem] = read(tmp_path, build=lambda _: nad()).problems
    line = f"{problem.source}: {problem.message}; "
    assert problem.related
    assert line.startswith(f"{tmp_path}/pipe.yaml:1: neither a file nor a folder; ")
