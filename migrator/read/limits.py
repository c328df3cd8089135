"""Bounds on what is read: far above any real manifest, far below what exhausts a machine."""

from __future__ import annotations

from typing import Final

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
"""One manifest file, or standard input."""

MAX_DEPTH: Final = 100
"""Maps and lists within each other; deep CustomResourceDefinitions stay below 60."""

MAX_ALIAS_NODES: Final = 100_000
"""Values that the aliases of one document stand for, all together (alias bombs)."""

MAX_CNI_FILE_BYTES: Final = 1024 * 1024
"""One CNI file of a node; what is larger is a plugin binary."""
