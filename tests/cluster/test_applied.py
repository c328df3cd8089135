"""How the install was made, and what was sent to it: the answers that a real server gave, as a table."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from migrator.model.inputs import MISSING
from migrator.trees.paths import diff_paths, format_path
from tests.cluster.api import Api, Made, Refused, key
from tests.cluster.estate import MOVING, objects, planned
from tests.cluster.merging import Object

pytestmark = pytest.mark.kustomize

Send = Callable[[Api, Path], object]
WAYS: Final[tuple[Made, ...]] = ("create", "apply", "server-side", "helm")


def apply(api: Api, out: Path) -> None:
    api.apply(objects(out), dry=False)


def own(api: Api, out: Path) -> None:
    api.server_side(objects(out), "kubectl", dry=False, force=True)


def base_first(send: Callable[[Api, list[Object]], Any], then: Send) -> Send:
    def both(api: Api, out: Path) -> None:
        send(api, objects(out / "rollback"))
        then(api, out)

    return both


TABLE: Final[dict[str, tuple[Send, str]]] = {
    "apply": (apply, "-+--"),
    "set-last-applied of the base, then apply": (
        base_first(lambda api, base: api.set_last_applied(base), apply),
        "++++",
    ),
    "server-side apply": (own, "--+-"),
    "server-side apply of the base, then of the whole": (
        base_first(lambda api, base: api.server_side(base, "kubectl", dry=False), own),
        "-++-",
    ),
    "set-last-applied, then server-side apply": (
        base_first(lambda api, base: api.set_last_applied(base), own),
        "--+-",
    ),
    "replace": (
        lambda api, out: api.replace([o for o in objects(out) if key(o) in api.objects]),
        "++++",
    ),
    "replace of the base, then apply": (
        base_first(lambda api, base: api.replace(base), apply),
        "++++",
    ),
}


RIGHT: Final = "set-last-applied of the base, then apply"


@pytest.mark.parametrize("made", WAYS)
@pytest.mark.parametrize("sent", TABLE)
def test_the_stub_answers_as_the_server_did(sent: str, made: Made, out: Path) -> None:
    send, answers = TABLE[sent]
    api = Api()
    api.install(objects(out / "rollback"), made)
    if answers[WAYS.index(made)] == "-":
        with pytest.raises(
            Refused, match='"128Mi": must be less than or equal to memory limit of 50Mi'
        ):
            send(api, out)
        assert "configmap" in {kind.lower() for kind, _, _ in api.objects}  # the others are applied
        assert (live := _daemonset(api)).generation == 1
    else:
        send(api, out)
        live = _daemonset(api)
        (container,) = live.obj["spec"]["template"]["spec"]["containers"]
        assert "limits" not in container["resources"]
        assert "args" not in container
        assert live.generation == 2


@pytest.mark.parametrize("made", WAYS)
def test_a_dry_run_changes_nothing(made: Made, out: Path) -> None:
    api = Api()
    api.install(objects(out / "rollback"), made)
    before = {key: live.shown() for key, live in api.objects.items()}
    if made == "apply":
        api.apply(objects(out), dry=True)
    else:
        with pytest.raises(Refused):
            api.apply(objects(out), dry=True)
    assert {key: live.shown() for key, live in api.objects.items()} == before


def outcome(sample: Path, made: Made, send: Send) -> str:
    """What comes of an install of a sample when its result is sent in a way."""
    api = Api()
    api.install(objects(sample / "rollback"), made)
    try:
        send(api, sample)
    except Refused as why:
        return "refused" if "memory limit" in str(why) else f"refused: {why}"
    left = set()
    for obj in objects(sample):
        if obj["kind"] == "DaemonSet":
            live = api.objects[key(obj)].obj["spec"]["template"]
            left |= {format_path(at) for at, new, _ in diff_paths(obj["spec"]["template"], live)
                     if new is MISSING}  # fmt: skip
    return f"{len(left)} fields stay" if left else "as planned"


def test_how_each_sample_was_made_and_what_is_sent(plans: Path) -> None:
    """The whole table. To write it anew after a change that is meant: MIGRATOR_UPDATE_GOLDEN=1."""
    rows = [f"{'':54}{''.join(f'{made:18}' for made in WAYS)}".rstrip()]
    for sample in MOVING:
        out = planned(sample, plans)
        rows.append(sample)
        for sent, (send, _) in TABLE.items():
            cells = [outcome(out, made, send) for made in WAYS]
            rows.append(f"  {sent:52}{''.join(f'{cell:18}' for cell in cells)}".rstrip())
            if sent == RIGHT:
                assert cells == ["as planned"] * 4, sample
    text = "\n".join(rows) + "\n"
    golden = Path(__file__).parent / "applied.txt"
    if os.environ.get("MIGRATOR_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def _daemonset(api: Api) -> Any:
    return api.daemonset("kube-system", "kube-multus-ds")
