#!/usr/bin/env bash
# Installs the multus-migrator of this checkout into a new virtual environment: .ci/install.sh FOLDER
#
# FOLDER is absolute. What the program needs has the versions of constraints.txt. The interpreter is
# isolated (-I), so that no module of the work tree that a CI runs in is taken for one of Python's.
set -euo pipefail

folder=$1
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Relative, since pip splits these at blanks. Newer releases of pip have a name of its own for what
# builds the package.
export PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK=1

python3 -I -m venv "$folder"
"$folder/bin/python" -I -m pip install --quiet .
