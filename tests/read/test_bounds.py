"""What costs hours or waits for ever is refused, in seconds of CPU and one line."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from pathlib import Path

import pytest

from migrator.read.files import read_bytes
from migrator.tools.bounds import ANNOTATION, DOCUMENTS, INPUT_TIME, NETWORKS
from tests.read.support import nad, names, read, refused, write

KEY = "k8s.v1.cni.cncf.io/networks"


def pod(value: str) -> str:
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations:\n    {KEY}: "
        f"{json.dumps(value)}\nspec: {{containers: [{{name: a, image: b}}]}}\n"
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param(",".join(["lan"] * 150_000), "is larger than 256 KiB; Kubernetes takes no more", id="600 KB"),
        pytest.param("a" * 600_000, "is larger than 256 KiB", id="one name"),
        pytest.param(",".join(["lan"] * 1001), "asks for about 1,001 networks; no pod has so many", id="many names"),
        pytest.param(json.dumps([{"name": "a"}] * 1001), "asks for about 1,001 networks", id="many maps"),
        pytest.param("," * 60_000, "asks for about 60,001 networks", id="commas"),
    ],
)  # fmt: skip
def test_an_annotation_that_asks_for_too_much(tmp_path: Path, value: str, said: str) -> None:
    write(tmp_path, {"a.yaml": nad() + "---\n" + pod(value)})
    begin = time.process_time()
    [line] = refused(tmp_path)
    assert line.startswith(f"{tmp_path}/a.yaml:")
    assert said in line
    assert time.process_time() - begin < 10
    assert names(read(tmp_path, keep_going=True)) == ["storage"]


def test_what_a_user_allows_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NETWORKS.variable, "2000")
    write(tmp_path, {"a.yaml": pod(",".join(["lan"] * 1001))})
    assert names(read(tmp_path)) == ["p"]
    monkeypatch.setenv(ANNOTATION.variable, "1")
    assert "is larger than 1 KiB" in refused(tmp_path)[0]


def test_a_thousand_networks_are_no_bomb(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": pod(",".join(["lan"] * 1000))})
    assert names(read(tmp_path)) == ["p"]


def test_a_file_of_too_many_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DOCUMENTS.variable, "2")
    write(tmp_path, {"a.yaml": "---\n".join([nad("a"), nad("b")])})
    assert names(read(tmp_path)) == ["a", "b"]
    write(tmp_path, {"a.yaml": "---\n".join([nad("a"), nad("b"), nad("c")])})
    [line] = refused(tmp_path)
    assert line.startswith(f"{tmp_path}/a.yaml:1: 3 documents, and more than 2 are not read; ")


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
