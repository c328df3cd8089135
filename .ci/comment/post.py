"""Post a review as one comment on its pull or merge request, or update the one that is there.

python3 -I post.py github          in a job of GitHub Actions, from the artifact of the run that reviewed
python3 -I post.py gitlab FILE     in a job of GitLab CI, from the file of the job that reviewed

Where the change comes from a fork, its author decides what is in the artifact. It is data here: one small file
that is held against what a review looks like, and is never unpacked, printed or put on a command line.
Which request it is about is asked of the forge. Nothing but Python's standard library is needed.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import stat
import sys
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from pathlib import Path
from typing import Any, Final

MARKER: Final = "<!-- multus-migrator review -->"
ARTIFACT: Final = "multus-migrator-comment"
FILE: Final = "comment.md"
AUTHOR: Final = "github-actions[bot]"
"""Who the token of a job writes as; no user can have a name with brackets."""
MOST: Final = 65_536
"""Bytes of a comment; GitHub takes no more characters."""
_ANSWER: Final = 32 * 2**20
_SECONDS: Final = 60
_MAY_NOT: Final = (
    ": the token may not do that. On GitHub the job needs pull-requests: write and actions: read, and one for "
    "a fork never has the first; on GitLab the token needs the scope api (docs/ci.md)"
)
_PAGE: Final = 100
_QUIET: Final = re.compile(r"\n\*\*(?:NOTHING CHANGES|NOT FOUND)\b")
_INERT: Final = re.compile(r"\\[!-/:-@\[-`{-~]|(`+)(?!`).*?(?<!`)\1(?!`)|(?P<open>`+)")
"""An escape (CommonMark, 2.4), a code span (6.1), or backticks that open none, whichever begins first: an
escaped backtick opens no span."""
_PLAIN: Final = r"[^*`~<\[\]\\@$]"
_LINE: Final = re.compile(rf"(?:#{{2,3}} | *- (?!/)){_PLAIN}*|\*\*{_PLAIN}+\*\*")
_LIVE: Final = re.compile(
    r"://|www\.|mailto:|GH-\d|[#!%&^]\d|&#|&\w+;|:[a-z0-9_+-]+:"
    r"|(?<![a-z0-9])_|_(?![a-z0-9])|(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])",
    re.IGNORECASE,
)
"""What a forge or a renderer acts upon outside of code; `report.safe.md` makes code of it, or escapes it."""
_BAD_ARCHIVE: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, ValueError),
    *(RuntimeError, NotImplementedError),  # a password, and a way to compress that is not known
)


class Refused(Exception):
    """Nothing is posted; the text says why."""


def only_file(archive: bytes) -> bytes:
    """The content of the one file of an artifact. Errors: Refused for anything but one small regular
    file of that name."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            entries = files.infolist()
            if [entry.filename for entry in entries] != [FILE]:
                raise Refused(f"the artifact is not {FILE} alone")
            if stat.S_IFMT(entries[0].external_attr >> 16) not in (0, stat.S_IFREG):
                raise Refused("the file of the artifact is not a regular one")
            if entries[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Refused("the artifact is compressed in a way that artifacts are not")
            with files.open(entries[0]) as file:
                return file.read(MOST + 1)
    except _BAD_ARCHIVE:
        raise Refused("the artifact is no archive that can be read") from None


def comment(data: bytes) -> str:
    """The text of a comment. Errors: Refused for what no review writes: it may mention, link, command or
    hide something."""
    if len(data) > MOST:
        raise Refused(f"the comment is larger than {MOST} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Refused("the comment is not UTF-8") from None
    first, *lines = text.split("\n")
    if first != MARKER:
        raise Refused("the comment does not begin with the marker of a review")
    for number, line in enumerate(lines, start=2):
        if not is_inert(line):
            raise Refused(f"line {number} of the comment is none that a review writes")
    return text


def is_inert(line: str) -> bool:
    """Whether a line is blank, a heading, a verdict or an item of a list in which nothing but code spans
    and escapes holds more than plain words."""
    words = _INERT.sub(lambda found: found["open"] or "", line)
    known = line.isprintable() and _LINE.fullmatch(words) and not _LIVE.search(words)
    return not line.strip(" ") or bool(known)


def is_quiet(text: str) -> bool:
    """Whether the verdict is no news: no comment is made for it, but one that is there is updated."""
    return bool(_QUIET.search(text))


class Forge:
    """Requests to an API, with the token in a header that no redirect takes along."""

    def __init__(self, url: str, header: str, token: str) -> None:
        self.url, self.header, self.token = url.rstrip("/"), header, token

    def ask(self, path: str, *, method: str = "GET", body: str | None = None) -> bytes:
        """The answer. Errors: Refused for one that is too large; URLError."""
        data = None if body is None else json.dumps({"body": body}).encode()
        request = urllib.request.Request(f"{self.url}{path}", data=data, method=method)  # noqa: S310
        request.add_header("User-Agent", "multus-migrator")
        request.add_header("Content-Type", "application/json")
        request.add_unredirected_header(self.header, self.token)
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            found: bytes = answer.read(_ANSWER + 1)
        if len(found) > _ANSWER:
            raise Refused(f"the answer to {path} is too large")
        return found

    def listed(self, path: str) -> list[Any]:
        """All pages of a list."""
        found: list[Any] = []
        joint = "&" if "?" in path else "?"
        for number in range(1, 1 + _PAGE):
            page = json.loads(self.ask(f"{path}{joint}per_page={_PAGE}&page={number}"))
            found += page
            if len(page) < _PAGE:
                break
        return found


def put(forge: Forge, path: str, own: list[Any], text: str, *, method: str, item: str) -> str:
    """Updates the first of ``own``, the comments that begin with our marker, or makes one below
    ``path``; ``item`` is where a comment of that id is. What was done."""
    if own:
        forge.ask(f"{item}/{int(own[0]['id'])}", method=method, body=text)
        return "the comment is updated"
    if is_quiet(text):
        return "nothing changes, and there is no comment: none is made"
    forge.ask(path, method="POST", body=text)
    return "the comment is made"


def github() -> str:
    """Errors: Refused; URLError."""
    event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_bytes())
    repository = f"/repos/{os.environ['GITHUB_REPOSITORY']}"
    forge = Forge(
        os.environ["GITHUB_API_URL"], "Authorization", f"Bearer {os.environ['GITHUB_TOKEN']}"
    )
    run = event.get("workflow_run")
    if run and run["event"] != "pull_request":
        return "the run was not for a pull request: nothing is posted"
    number = pull_request(forge, repository, event)
    if number is None:
        return "no open pull request has this commit as its head: nothing is posted"
    data = artifact(forge, repository, int(run["id"] if run else os.environ["GITHUB_RUN_ID"]))
    if data is None:
        return f"the run has no artifact {ARTIFACT}: nothing is posted"
    text = comment(only_file(data))
    path = f"{repository}/issues/{number}/comments"
    own = [
        each
        for each in forge.listed(path)
        if each["user"]
        and each["user"]["login"] == AUTHOR
        and (each["body"] or "").startswith(MARKER)
    ]
    item = f"{repository}/issues/comments"
    return put(forge, path, own, text, method="PATCH", item=item)


def pull_request(forge: Forge, repository: str, event: Any) -> int | None:
    """The number of the open pull request that the run was for, none where it has moved on. An event
    of a run names no pull request of a fork, so that it is looked up by its branch and commit.

    Errors: Refused where there are several.
    """
    run, pull = event.get("workflow_run"), event.get("pull_request")
    if run:
        origin, branch, commit = run["head_repository"], run["head_branch"], run["head_sha"]
    elif pull:
        origin, branch, commit = pull["head"]["repo"], pull["head"]["ref"], pull["head"]["sha"]
    else:
        raise Refused("this event is neither pull_request nor workflow_run")
    if origin is None:
        return None  # the fork is gone
    head = urllib.parse.quote(f"{origin['owner']['login']}:{branch}", safe="")
    found = [
        int(each["number"])
        for each in forge.listed(f"{repository}/pulls?state=open&head={head}")
        if each["head"]["sha"] == commit and (each["head"]["repo"] or {}).get("id") == origin["id"]
        if not pull or each["number"] == pull["number"]
    ]
    if len(found) > 1:
        raise Refused(f"several pull requests are of this commit: {', '.join(map(str, found))}")
    return found[0] if found else None


def artifact(forge: Forge, repository: str, run: int) -> bytes | None:
    """The newest of that name, since a run that is done again has several."""
    path = f"{repository}/actions/runs/{run}/artifacts?name={ARTIFACT}&per_page={_PAGE}"
    found = [each for each in json.loads(forge.ask(path))["artifacts"] if not each["expired"]]
    if not found:
        return None
    newest = max(found, key=lambda each: int(each["id"]))
    if newest["size_in_bytes"] > 2 * MOST:
        raise Refused(f"the artifact is larger than {2 * MOST} bytes")
    return forge.ask(f"{repository}/actions/artifacts/{int(newest['id'])}/zip")


def gitlab(file: Path) -> str:
    """Errors: Refused; URLError."""
    if not file.is_symlink() and not file.exists():
        return "no review was made: nothing is posted"
    if not stat.S_ISREG(file.lstat().st_mode):
        raise Refused("the file of the artifact is not a regular one")
    with file.open("rb") as opened:
        text = comment(opened.read(MOST + 1))
    forge = Forge(os.environ["CI_API_V4_URL"], "PRIVATE-TOKEN", os.environ["MULTUS_REVIEW_TOKEN"])
    project = int(os.environ["CI_MERGE_REQUEST_PROJECT_ID"])
    path = f"/projects/{project}/merge_requests/{int(os.environ['CI_MERGE_REQUEST_IID'])}/notes"
    me = json.loads(forge.ask("/user"))["id"]
    own = [
        each
        for each in forge.listed(f"{path}?sort=asc")
        if each["author"]["id"] == me and (each["body"] or "").startswith(MARKER)
    ]
    return put(forge, path, own, text, method="PUT", item=path)


def main(words: list[str]) -> int:
    """The exit code: 1 where something is refused or fails."""
    try:
        if words == ["github"]:
            done = github()
        elif words[:1] == ["gitlab"] and len(words) == 2:
            done = gitlab(Path(words[1]))
        else:
            raise Refused("say github, or gitlab and a file")
    except Refused as error:
        sys.stderr.write(f"multus-migrator: {error}; nothing is posted\n")
        return 1
    except urllib.error.HTTPError as error:
        asked = urllib.parse.urlsplit(error.url).path
        hint = _MAY_NOT if error.code in (401, 403) else ""
        sys.stderr.write(f"multus-migrator: {asked}: HTTP status {error.code}{hint}\n")
        return 1
    except (OSError, http.client.HTTPException, LookupError, TypeError, ValueError) as error:
        said = f"{type(error).__name__}: {error}"
        sys.stderr.write(f"multus-migrator: the request failed, or its answer is odd: {said}\n")
        return 1
    sys.stdout.write(f"multus-migrator: {done}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
