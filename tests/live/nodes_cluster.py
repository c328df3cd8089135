"""A cluster for read-nodes.sh: kubectl, ssh and sudo that are small scripts, over folders that stand for
the roots of nodes. What they are asked is noted, one call a line."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from migrator.live.reader import reader_files
from tests.live.node_side import SCRIPT
from tests.live.test_reader import node, sample
from tests.read.support import write

NET_D: Final = "etc/cni/net.d"

KUBECTL: Final = r"""#!/bin/sh
cd "$STATE" || exit 1
printf '%s\n' "kubectl $*" >>calls
while :; do case $1 in --context=* | --request-timeout=*) shift ;; *) break ;; esac; done
[ "$1 $2" != 'create --validate=false' ] || { shift 2; set -- create "$@"; }
said="$1-$2"
[ "$1" != create ] || said=create-$(basename "$3" .yaml)
[ "$1" != exec ] || said=exec-$4
[ ! -f "$said" ] || . "./$said"
case "$1 $2" in
  'create -f')
    case $said in
      create-namespace)
        [ ! -f namespace ] || { echo 'Error from server (AlreadyExists): namespaces exists' >&2; exit 1; }
        sed -n 's|^ *multus-migrator/run: "\(.*\)"$|\1|p' "$3" | tr -d '\n' >namespace
        ;;
      create-rest) cp "$3" rest.yaml ;;
    esac
    ;;
  'get namespace') cat namespace 2>/dev/null || : ;;
  'delete namespace') rm namespace ;;
  'get pods') cat pods ;;
  'get daemonset') printf %s "$(grep -c . pods)" ;;
  'get events') cat events 2>/dev/null || : ;;
  exec*)
    pod=$4
    shift 8
    exec sh "$SCRIPT" "hosts/$pod" "$@"
    ;;
esac
"""
SSH: Final = r"""#!/bin/sh
cd "$STATE" || exit 1
printf '%s\n' "ssh $*" >>calls
while [ "$1" != -- ]; do shift; done
host=${2#*@}
[ ! -f "ssh-$host" ] || . "./ssh-$host"
[ -d "hosts/$host" ] || { echo "ssh: Could not resolve hostname $host" >&2; exit 255; }
exec sh -c "$(printf '%s' "$3" | sed "s|-- / |-- hosts/$host |g")"
"""
SUDO: Final = """#!/bin/sh
printf '%s\\n' "sudo $*" >>calls
shift
exec "$@"
"""


class Cluster:
    """Nodes with a CNI file each; ``folder`` is the snapshot, ``state`` what the programs know."""

    def __init__(self, base: Path, *nodes: str, collected: Sequence[str] | None = None) -> None:
        self.folder, self.state, self.programs = (
            base / "a snapshot",
            base / "state",
            base / "programs",
        )
        self.path = f"{self.programs}:/usr/local/bin:/usr/bin:/bin"
        for name, text in (("kubectl", KUBECTL), ("ssh", SSH), ("sudo", SUDO)):
            write(self.programs, {name: text})
            (self.programs / name).chmod(0o755)
        for name in nodes:
            write(self.state, {f"hosts/{name}/{NET_D}/10-a.conflist": f'{{"name": "{name}"}}'})
        self.pods([(name, "True", "") for name in nodes])
        objects = tuple(node(name) for name in (nodes if collected is None else collected))
        write(self.folder, reader_files(sample("v4.0-thin"), objects, context="prod eu"))
        self.hasten()

    def hasten(self) -> None:
        """Wait for less long than people would."""
        script = self.folder / "read-nodes.sh"
        text = script.read_text(encoding="utf-8")
        for old, new in (("POLL=2", "POLL=0.4"), ("bounded 60", "bounded 2")):
            assert old in text
            text = text.replace(old, new)
        script.write_text(text, encoding="utf-8")

    def pods(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Node, whether its pod is ready, what it waits for. A pod is called as its node."""
        lines = "".join(f"{name}|{name}|{ready}|{waits} \n" for name, ready, waits in rows)
        write(self.state, {"pods": lines})

    def says(self, call: str, script: str) -> None:
        """What a program does before its own answer: ``exec-NODE``, ``create-rest``, ``ssh-NODE``."""
        write(self.state, {call: script})

    @property
    def environment(self) -> Mapping[str, str]:
        return {"PATH": self.path, "STATE": str(self.state), "SCRIPT": str(SCRIPT)}

    def start(self, *words: str, shell: str = "sh") -> subprocess.Popen[str]:
        """The script in a process group of its own, called from another folder."""
        command = {
            "busybox": [shutil.which("busybox") or "", "sh"],
            "bash": ["bash", "--posix"],
        }.get(shell, [shell])
        return subprocess.Popen(
            [*command, str(self.folder / "read-nodes.sh"), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=self.environment,
            cwd=self.state,
            start_new_session=True,
        )

    def run(self, *words: str, shell: str = "sh") -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        process = self.start("--timeout", "1", *words, shell=shell)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def wait_for(self, call: str) -> None:
        """Until a call was noted that holds these words."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if any(call in line for line in self.calls):
                return
            time.sleep(0.02)
        raise AssertionError(f"no {call} among {self.calls}")

    def wait_until_here(self) -> None:
        """Until a program has made the file "here"."""
        until = time.monotonic() + 20
        while not (self.state / "here").exists():
            assert time.monotonic() < until
            time.sleep(0.02)

    @property
    def calls(self) -> list[str]:
        file = self.state / "calls"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def has_namespace(self) -> bool:
        return (self.state / "namespace").exists()

    @property
    def archives(self) -> dict[str, bytes]:
        """What lies in nodes/, hidden files too."""
        found = {path.name: path for path in (self.folder / "nodes").glob("*")}
        hidden = list((self.folder / "nodes").glob(".*"))
        assert hidden == []
        return {name: path.read_bytes() for name, path in sorted(found.items())}

    def running(self) -> list[str]:
        """Processes that were started here and are still there, after what a nap takes."""
        until = time.monotonic() + 3
        while (found := self._running()) and time.monotonic() < until:
            time.sleep(0.1)
        return found

    def _running(self) -> list[str]:
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                environment = (process / "environ").read_bytes()
                state = (process / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if f"STATE={self.state}\0".encode() in environment and state != "Z":
                found.append((process / "cmdline").read_text().replace("\0", " "))
        return found

    def kill(self, process: subprocess.Popen[str], number: signal.Signals, *, group: bool) -> None:
        """A signal as kill sends it, or as a terminal does, to the whole group."""
        if group:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
