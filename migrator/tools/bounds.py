"""Bounds on what is read and built: far above any real estate, far below what exhausts a machine.

docs/trust.md lists them. One that a user may need larger is set in the environment.
"""

from __future__ import annotations

import os
import re
from typing import Final

from msgspec import Struct

from migrator.model.errors import EnvironmentProblem

DEPTH: Final = 100
"""Maps and lists within each other; deep CustomResourceDefinitions stay below 60. Fixed, since what
walks a document recurses."""

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")


class Bound(Struct, frozen=True, kw_only=True):
    """One bound: ``variable`` in the environment sets another than ``default``, in ``unit``s.

    ``instead`` is what a user can do about an input that passes it.
    """

    variable: str
    default: int
    unit: str
    what: str
    instead: str = ""

    def value(self) -> int:
        """The bound of this run. Errors: EnvironmentProblem where it is set to no whole number."""
        text = os.environ.get(self.variable, "")
        if not text:
            return self.default
        if not _NUMBER.fullmatch(text):
            hint = f"unset it for {self.default} {self.unit}"
            raise EnvironmentProblem(f"{self.variable} is not a whole number above 0", hint=hint)
        return int(text)

    def bytes(self) -> int:
        """The bound of this run where ``unit`` is one of size."""
        return self.value() * {"KiB": 2**10, "MiB": 2**20}[self.unit]

    @property
    def more(self) -> str:
        """What allows more than the bound."""
        return f"{self.variable} sets another bound"


FILE: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_FILE_MIB",
    default=64,
    unit="MiB",
    what="one manifest file, or standard input",
    instead="split it, or leave out what is not a manifest",
)
CONFIG: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_CONFIG_KIB",
    default=256,
    unit="KiB",
    what="multus-migrator.toml",
)
PODS: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_PODS_MIB",
    default=512,
    unit="MiB",
    what="what `verify --pods` and `verify --against` read",
    instead="give the pods of one namespace after the other",
)
OUT_FILE: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_WRITTEN_MIB",
    default=256,
    unit="MiB",
    what="one file of a folder that this tool wrote",
)
COPY: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_COPY_MIB",
    default=1024,
    unit="MiB",
    what="the files of a repository that are copied to build them",
    instead="use a checkout that holds the manifests alone",
)
COPY_FILES: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_COPY_FILES",
    default=100_000,
    unit="files",
    what="those of one revision that are read",
    instead="give the paths that hold the manifests",
)
CHART: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_CHART_MIB",
    default=100,
    unit="MiB",
    what="one chart with its sub-charts, unpacked; helm takes no more (MaxDecompressedChartSize)",
)
CHART_FILES: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_CHART_FILES",
    default=10_000,
    unit="files",
    what="those of one chart, its sub-charts and folders",
)
CNI_FILE: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_CNI_FILE_KIB",
    default=1024,
    unit="KiB",
    what="one CNI file of a node; what is larger is a plugin",
)
NODE_ARCHIVE: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_NODE_ARCHIVE_MIB",
    default=32,
    unit="MiB",
    what="one archive of a node's files, packed and unpacked",
    instead="pack the directories of CNI alone, without plugins",
)
NODE_MEMBERS: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_NODE_MEMBERS",
    default=10_000,
    unit="members",
    what="those of one archive of a node's files",
    instead="pack the directories of CNI alone, without plugins",
)
INPUT_TIME: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_INPUT_SECONDS",
    default=60,
    unit="seconds",
    what="waiting for a pipe that is given by its path",
)
DOCUMENTS: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_DOCUMENTS",
    default=100_000,
    unit="documents",
    what="one file, or standard input",
)
ALIASES: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_ALIAS_VALUES",
    default=100_000,
    unit="values",
    what="what the aliases of one document stand for, all together; 1000 characters count as one more",
)
ANNOTATION: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_ANNOTATION_KIB",
    default=256,
    unit="KiB",
    what="an annotation that asks for networks; Kubernetes takes no more (TotalAnnotationSizeLimitB)",
)
NETWORKS: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_NETWORKS",
    default=1000,
    unit="networks",
    what="those that one pod asks for",
)
ALL_NETWORKS: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_ALL_NETWORKS",
    default=100_000,
    unit="networks",
    what="those that all workloads ask for, together",
)
BUILD_TIME: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_BUILD_SECONDS",
    default=600,
    unit="seconds",
    what="one call of kustomize, kubectl or helm",
)
BUILD_OUTPUT: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_BUILD_MIB",
    default=256,
    unit="MiB",
    what="what one such call prints",
)
BUILD_MEMORY: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_BUILD_MEMORY_MIB",
    default=4096,
    unit="MiB",
    what="the memory of one such call (Linux)",
)
ANSWER_TIME: Final = Bound(
    variable="MULTUS_MIGRATOR_MAX_ANSWER_SECONDS",
    default=60,
    unit="seconds",
    what="one answer of an API server; it ends most requests after as long itself (--request-timeout)",
)
