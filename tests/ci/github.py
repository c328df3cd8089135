"""The API of GitHub as the job of a comment sees it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.ci.posting import post

REPO = "/repos/shop/infra"
COMMENTS = f"{REPO}/issues/7/comments"
ARTIFACTS = f"{REPO}/actions/runs/30/artifacts"
SHA = "1f" * 20
BREAKS = f"{post.MARKER}\n## multus-migrator review\n\n**BREAKS: 1 new blocker**\n"
NOTHING = BREAKS.replace("BREAKS: 1 new blocker", "NOTHING CHANGES")
RUN: dict[str, Any] = {
    "id": 30,
    "event": "pull_request",
    "head_sha": SHA,
    "head_branch": "bump/a&b",
    "head_repository": {"id": 2, "owner": {"login": "guest"}},
}
PULL = {"number": 7, "head": {"sha": SHA, "ref": "bump/a&b", "repo": {"id": 2}}}


def happened(tmp_path: Path, **event: Any) -> None:
    (tmp_path / "event.json").write_text(json.dumps(event))


def said(number: int, login: str = post.AUTHOR, body: str | None = BREAKS) -> dict[str, Any]:
    return {"id": number, "user": {"login": login}, "body": body}
