"""The copy of a chart: what it leaves out, what it refuses, and that helm sees nothing else."""

from __future__ import annotations

import gzip
import io
import os
import socket
import tarfile
from functools import cache
from pathlib import Path

import pytest

from migrator.model.errors import MigratorError
from migrator.tools import charts
from migrator.tools.bounds import CHART, CHART_FILES
from migrator.tools.charts import ChartCopy, reads_clock
from tests.tools.charts import SUB, archive, chart, packed, plain, special

SCHEMA = '{"$ref": "http://127.0.0.1/x"}'
FILES = {"Chart.yaml": SUB, "values.schema.json": SCHEMA, "files/values.schema.json": "{}"}


def copied(path: Path, tmp_path: Path) -> Path:
    place = tmp_path / "copy"
    place.mkdir()
    return ChartCopy(path).into(place)


def names(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir()}


def inside(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data)) as file:
        return {m.name: file.extractfile(m).read() for m in file}  # type: ignore[union-attr]


def test_a_folder_loses_its_schemas_and_nothing_else(tmp_path: Path) -> None:
    source = chart(
        tmp_path / "net",
        {
            **{name: text for name, text in FILES.items() if name != "Chart.yaml"},
            **{f"charts/sub/{name}": text for name, text in FILES.items()},
            **{f"charts/sub/charts/deep/{name}": text for name, text in FILES.items()},
            ".helmignore": "*.md\n",
        },
    )
    kept = names(source) - {
        "values.schema.json",
        "charts/sub/values.schema.json",
        "charts/sub/charts/deep/values.schema.json",
    }
    copy = copied(source, tmp_path)
    assert names(copy) == kept
    assert all((copy / name).read_bytes() == (source / name).read_bytes() for name in kept)


@pytest.mark.parametrize("kind", ["folder", "packed"])
def test_the_own_values_of_a_chart_are_those_beside_its_name(kind: str, tmp_path: Path) -> None:
    files = {"Chart.yaml": SUB, "files/values.yaml": "b: 2", "charts/sub/values.yaml": "c: 3"}
    for own in ({}, {"values.yaml": "a: 1"}):
        if kind == "folder":
            source = chart(tmp_path / f"net{len(own)}", {**files, **own})
        else:
            source = tmp_path / "net.tgz"
            source.write_bytes(packed({**files, **own}, "net"))
        assert ChartCopy(source).values() == own.get("values.yaml", "").encode()


def test_values_that_are_a_link_are_none(tmp_path: Path) -> None:
    source = chart(tmp_path / "net", {})
    (tmp_path / "secret").write_text("a: 1")
    (source / "values.yaml").unlink(missing_ok=True)
    (source / "values.yaml").symlink_to(tmp_path / "secret")
    assert ChartCopy(source).values() == b""


def test_packed_sub_charts_lose_theirs(tmp_path: Path) -> None:
    deep = packed(FILES, "deep")
    sub = packed({**FILES, "charts/deep-1.tgz": deep}, "sub")
    source = chart(tmp_path / "net")
    (source / "charts").mkdir()
    (source / "charts" / "sub-1.0.0.tgz").write_bytes(sub)
    found = inside((copied(source, tmp_path) / "charts" / "sub-1.0.0.tgz").read_bytes())
    assert set(found) == {"sub/Chart.yaml", "sub/files/values.schema.json", "sub/charts/deep-1.tgz"}
    deepest = inside(found["sub/charts/deep-1.tgz"])
    assert set(deepest) == {"deep/Chart.yaml", "deep/files/values.schema.json"}


def test_a_packed_chart_loses_its_schema(tmp_path: Path) -> None:
    source = tmp_path / "net-1.0.0.tgz"
    source.write_bytes(packed(FILES))
    found = inside(copied(source, tmp_path).read_bytes())
    assert found == {
        "net/Chart.yaml": SUB.encode(),
        "net/files/values.schema.json": b"{}",
    }


def test_the_passwords_of_a_repository_stay_where_they_are(tmp_path: Path) -> None:
    source = chart(tmp_path / "net", {".git/config": "url = https://me:secret@git.example.com"})
    (source / ".git" / "hook").symlink_to("/etc/passwd")
    assert names(copied(source, tmp_path)) == {"Chart.yaml", "templates/a.yaml"}


@pytest.mark.parametrize(
    ("place", "target"),
    [
        pytest.param("templates/b.yaml", "/etc/passwd", id="a file of the host"),
        pytest.param("charts/sub", "../..", id="a folder"),
        pytest.param("README.md", "Chart.yaml", id="within the chart"),
        pytest.param("x", "gone", id="leads nowhere"),
    ],
)
def test_a_link_in_a_folder_is_named(tmp_path: Path, place: str, target: str) -> None:
    source = chart(tmp_path / "net")
    (source / place).parent.mkdir(exist_ok=True)
    (source / place).symlink_to(target)
    with pytest.raises(MigratorError) as error:
        copied(source, tmp_path)
    assert error.value.lines() == [
        f"{source / place} is a link, and charts may have none; put what it leads to in its place"
    ]


def test_what_does_not_end_is_not_read(tmp_path: Path) -> None:
    source = chart(tmp_path / "net")
    os.mkfifo(source / "pipe")
    with pytest.raises(MigratorError, match=r"net/pipe is neither a file nor a folder$"):
        copied(source, tmp_path)


def test_a_socket_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = chart(tmp_path / "net")
    monkeypatch.chdir(source)  # the path of a socket has 108 characters at most
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("s")
        with pytest.raises(MigratorError, match=r"net/s is neither a file nor a folder$"):
            copied(source, tmp_path)


def test_a_chart_that_is_gone_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MigratorError, match=r"gone cannot be read: No such file or directory$"):
        copied(tmp_path / "gone", tmp_path)


@pytest.mark.parametrize(
    ("member", "said"),
    [
        pytest.param(plain("../x", "a"), "../x leads out of the chart", id="out"),
        pytest.param(plain("net/../../x", "a"), "net/../../x leads out of the chart", id="out, deep"),
        pytest.param(plain("net\\..\\x", "a"), "net\\..\\x leads out of the chart", id="out, Windows"),
        pytest.param(plain("/etc/x", "a"), "/etc/x is an absolute path", id="absolute"),
        pytest.param(plain("c:/x", "a"), "c:/x is an absolute path", id="absolute, Windows"),
        pytest.param(plain("net\\x", "a"), "net\\x is not a path that helm packs", id="backslash"),
        pytest.param(plain("net//x", "a"), "net//x is not a path that helm packs", id="nothing between"),
        pytest.param(plain("./net/x", "a"), "./net/x is not a path that helm packs", id="a dot"),
        pytest.param(plain("net/a\nb", "a"), "holds a file whose name is not text", id="line break"),
        pytest.param(special("net/x", tarfile.SYMTYPE, "/etc/passwd"), "net/x is a link, and charts may have none", id="link"),
        pytest.param(special("net/x", tarfile.LNKTYPE, "net/Chart.yaml"), "net/x is a link, and charts may have none", id="hard link"),
        pytest.param(special("net/x", tarfile.CHRTYPE), "net/x is neither a file nor a folder", id="device"),
        pytest.param(special("net/x", tarfile.BLKTYPE), "net/x is neither a file nor a folder", id="disk"),
        pytest.param(special("net/x", tarfile.FIFOTYPE), "net/x is neither a file nor a folder", id="pipe"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("within", [False, True], ids=["chart", "sub-chart"])
def test_a_packed_chart_that_leads_elsewhere_is_one_line(
    tmp_path: Path, member: tuple[tarfile.TarInfo, bytes], said: str, within: bool
) -> None:
    data = archive([plain("net/Chart.yaml", SUB), member])
    source = tmp_path / "net.tgz"
    source.write_bytes(packed({"charts/sub.tgz": data}) if within else data)
    with pytest.raises(MigratorError) as error:
        copied(source, tmp_path)
    where = f"{source}: net/charts/sub.tgz" if within else str(source)
    assert error.value.message in (f"{where}: {said}", f"{where} {said}")


def test_a_sparse_file_is_not_made_whole(tmp_path: Path) -> None:
    member, data = plain("net/x", "1\n0\n0\n")
    member.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "net/x",
        "GNU.sparse.realsize": str(2**50),
    }
    member.size = 512
    source = tmp_path / "net.tgz"
    source.write_bytes(archive([(member, data.ljust(512, b"\0"))]))
    with pytest.raises(MigratorError, match="net/x is neither a file nor a folder"):
        copied(source, tmp_path)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"PK\3\4", id="another format"),
        pytest.param(gzip.compress(b"x" * 2000), id="no tar"),
        pytest.param(gzip.compress(os.urandom(4000))[:2000], id="cut off"),
        pytest.param(packed({"a": "x" * 4000})[:-200], id="a tar that is cut off"),
    ],
)
def test_what_is_no_packed_chart_is_one_line(tmp_path: Path, data: bytes) -> None:
    source = tmp_path / "net.tgz"
    source.write_bytes(data)
    with pytest.raises(MigratorError, match="is not a packed chart: "):
        copied(source, tmp_path)


def test_headers_of_headers_without_end_are_one_line(tmp_path: Path) -> None:
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 512
    source = tmp_path / "net.tgz"
    source.write_bytes(gzip.compress((header.tobuf() + b"a" * 512) * 20_000))
    with pytest.raises(MigratorError, match="is not a packed chart: "):
        copied(source, tmp_path)


@cache
def bomb() -> bytes:
    return packed({"a": b"\0" * (CHART.bytes() + 1)})


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    assert len(bomb()) < 2**20
    source = tmp_path / "net.tgz"
    source.write_bytes(bomb())
    with pytest.raises(MigratorError) as error:
        copied(source, tmp_path)
    assert error.value.lines() == [
        f"{source} is larger than 100 MiB, unpacked; MULTUS_MIGRATOR_MAX_CHART_MIB sets another bound"
    ]


def test_a_bomb_among_the_sub_charts_is_named(tmp_path: Path) -> None:
    source = chart(tmp_path / "net")
    (source / "charts").mkdir()
    sub = source / "charts" / "sub.tgz"
    sub.write_bytes(bomb())
    with pytest.raises(MigratorError) as error:
        copied(source, tmp_path)
    assert error.value.message == f"{source}, with {sub}, is larger than 100 MiB, unpacked"


def test_all_parts_are_counted_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CHART.variable, "1")
    part = packed({"a": b"\0" * 400_000})
    source = chart(tmp_path / "net", {"a": "x" * 400_000})
    (source / "charts").mkdir()
    (source / "charts" / "a.tgz").write_bytes(part)
    copied(source, tmp_path)
    (source / "charts" / "b.tgz").write_bytes(part)
    with pytest.raises(MigratorError, match="is larger than 1 MiB"):
        ChartCopy(source).into(tmp_path)


@pytest.mark.parametrize("within", [False, True], ids=["folder", "packed"])
def test_many_files_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, within: bool
) -> None:
    monkeypatch.setenv(CHART_FILES.variable, "20")
    source = chart(tmp_path / "net", {f"files/{number}": "" for number in range(20)})
    if within:
        source = tmp_path / "net.tgz"
        source.write_bytes(packed({str(number): "" for number in range(30)}))
    with pytest.raises(MigratorError, match="holds more than 20 files and folders"):
        copied(source, tmp_path)


def test_a_packed_chart_in_a_packed_chart_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charts, "_DEEPEST", 2)
    data = packed(FILES)
    source = tmp_path / "net.tgz"
    for count in range(4):
        source.write_bytes(data)
        if count == 3:
            with pytest.raises(MigratorError, match="packed charts in packed charts without end"):
                ChartCopy(source).into(tmp_path)
        data = packed({"charts/net.tgz": data})


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        pytest.param(b"{{ now | unixEpoch }}", True, id="now"),
        pytest.param(b'{{ dateInZone "05" "" "UTC" }}', True, id="the default of date"),
        pytest.param(b"{{ .Values.unknown }} updated", False, id="other words"),
    ],
)
def test_what_may_read_the_clock(text: bytes, reads: bool) -> None:
    assert reads_clock(text) == reads
