"""The writer of a component: what it writes beside which kustomization, and what would undo it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from migrator.tools.kustomize import builder, find_tool
from tests.cli.test_contract import INSTALL
from tests.cli.test_edit import commit, git, objects
from tests.cli.tools import ROOT as ROOT_FOLDER
from tests.cli.tools import Run, migrator, tree

pytestmark = pytest.mark.kustomize

IMAGE = "ghcr.io/k8snetworkplumbingwg/multus-cni"
BASE = {"base/kustomization.yaml": "resources: [multus.yaml]\n", "base/multus.yaml": INSTALL}
ROOT = """\
# the site
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../../base  # shared
"""
LINE = "components:\n  - multus-thick\n"
FOLDER = "clusters/a/multus-thick"
LOUD = """\
patches:
- target: {kind: DaemonSet}
  patch: |-
    - {op: add, path: /spec/template/spec/containers/0/args/-, value: --multus-log-level=debug}
"""
CONFIG = '{"cniVersion": "0.3.1", "name": "n", "type": "multus", "delegates": [{"type": "bridge"}]}'
GENERATOR = "configMapGenerator:\n- {name: cfg, namespace: kube-system, files: [70-multus.conf]}\n"
MOUNTED = (
    INSTALL.replace("--multus-conf-file=auto", "--multus-conf-file=/tmp/cfg/70-multus.conf")
    .replace("'--multus-master-cni-file-name=10-x.conf', ", "")
    .replace(
        "mountPath: /host/opt/cni/bin}",
        "mountPath: /host/opt/cni/bin}\n        - {name: cfg, mountPath: /tmp/cfg}",
    )
    .replace(
        "{path: /opt/cni/bin}}",
        "{path: /opt/cni/bin}}\n      - {name: cfg, configMap: {name: cfg}}",
    )
)


def built(folder: Path) -> str:
    tool = find_tool()
    assert tool is not None
    return builder(tool)(folder)


def images(tag: str) -> str:
    return f"images:\n- name: {IMAGE}\n  newTag: {tag}\n"


def estate(folder: Path, files: dict[str, str], *clusters: str) -> Path:
    roots = {f"clusters/{cluster}/kustomization.yaml": ROOT for cluster in clusters or ("a", "b")}
    return commit(folder, {**BASE, **roots, **files})


def written(place: Path, *options: str) -> Run:
    """A run that wrote a component and the line, and nothing else."""
    run = migrator("edit", "clusters/a", *options, cwd=place)
    assert (run.code, run.err) == (0, "")
    assert "These files hold the plan now in a component" in run.out
    assert git(place, "status", "--short").splitlines() == [
        " M clusters/a/kustomization.yaml",
        f"?? {FOLDER}/",
    ]
    return run


def patched(place: Path) -> str:
    return (place / FOLDER / "patches/daemonset.apps--kube-system--kube-multus-ds.yaml").read_text()


def guarded(place: Path) -> list[str]:
    """The places that the guard of the DaemonSet tests."""
    (guard,) = (place / FOLDER / "patches").glob("daemonset*.guard.yaml")
    return [each["path"] for each in yaml.safe_load(guard.read_text()) if each["op"] == "test"]


def refused(place: Path, *inputs: str) -> str:
    """What it says of a run that wrote nothing."""
    before = tree(place)
    run = migrator("edit", *(inputs or ("clusters/a",)), cwd=place)
    assert (run.code, run.out) == (1, "")
    assert tree(place) == before
    return run.err


def test_one_of_five_clusters_over_a_base_gets_a_component_and_a_line(tmp_path: Path) -> None:
    place = estate(tmp_path / "repo", {}, *"abcde")
    others = {name: built(place / "clusters" / name) for name in "bcde"}
    migrator("plan", "clusters/a", "-o", str(tmp_path / "out"), "--no-verify", cwd=place)
    planned = objects(built(tmp_path / "out"))
    run = written(place)
    assert (place / "clusters/a/kustomization.yaml").read_text() == ROOT + LINE
    assert objects(built(place / "clusters/a")) == planned
    assert {name: built(place / "clusters" / name) for name in "bcde"} == others
    said = " ".join(run.out.split())
    assert "Not in place: clusters/b: it builds a file that changes, and would change too" in said
    assert "a CI that builds each folder by itself has to leave it out" in said


def test_a_second_edit_changes_nothing_and_a_revert_gives_the_old_bytes(tmp_path: Path) -> None:
    place = estate(tmp_path, {})
    before = {name: digest for name, digest in tree(place).items() if not name.startswith(".git/")}
    written(place)
    commit(place, {})
    done = tree(place / "clusters")
    again = migrator("edit", "clusters/a", cwd=place)
    assert (again.code, again.err) == (0, "")
    assert again.out.startswith("NOTHING TO CHANGE")
    assert tree(place / "clusters") == done
    assert migrator("edit", "clusters/a", "--check", "-q", cwd=place) == Run(0, "", "")
    git(place, "revert", "--no-edit", "HEAD")
    after = {name: digest for name, digest in tree(place).items() if not name.startswith(".git/")}
    assert after == before


def test_a_diff_and_a_check_write_nothing(tmp_path: Path) -> None:
    place = estate(tmp_path / "repo", {})
    before = tree(place)
    assert migrator("edit", "clusters/a", "--check", "-q", cwd=place) == Run(2, "", "")
    shown = migrator("edit", "clusters/a", "--diff", cwd=place)
    assert (shown.code, shown.err) == (0, "")
    assert tree(place) == before
    (tmp_path / "diff").write_text(shown.out)
    written(place)
    edited = tree(place / "clusters")
    git(place, "checkout", "--quiet", ".")
    git(place, "clean", "-dfq")
    git(place, "apply", str(tmp_path / "diff"))
    assert tree(place / "clusters") == edited


@pytest.mark.parametrize(
    ("base", "own"),
    [
        pytest.param(images("v4.0.1"), "", id="images"),
        pytest.param(images("v4.1.4"), "", id="images that say what is there already"),
        pytest.param("namePrefix: x-\n", "", id="namePrefix"),
        pytest.param(
            LOUD,
            "",
            id="a patch",
        ),
        pytest.param(
            images("v4.0.1"),
            "commonAnnotations: {team: net}\nlabels: [{pairs: {team: net}}]\n"
            "namespace: kube-system\n",
            id="and nothing of the root undoes it",
        ),
    ],
)
def test_what_a_kustomization_below_makes_is_changed_behind_it(
    tmp_path: Path, base: str, own: str
) -> None:
    files = {
        "base/kustomization.yaml": BASE["base/kustomization.yaml"] + base,
        "clusters/a/kustomization.yaml": ROOT + own,
    }
    place = estate(tmp_path, files)
    written(place)
    text = built(place / "clusters/a")
    assert text.count(f"image: {IMAGE}:v4.2.4-thick") == 2
    assert "thin_entrypoint" not in text


def test_what_the_root_puts_into_a_namespace_is_patched_before_that(tmp_path: Path) -> None:
    daemon = INSTALL.replace("  namespace: kube-system\n", "", 1)
    files = {
        "base/multus.yaml": daemon,
        "clusters/a/kustomization.yaml": f"{ROOT}namespace: kube-system\n",
        "clusters/b/kustomization.yaml": f"{ROOT}namespace: kube-system\n",
    }
    place = estate(tmp_path, files)
    written(place)
    names = [path.name for path in (place / FOLDER / "patches").iterdir()]
    assert "daemonset.apps--_cluster--kube-multus-ds.yaml" in names
    assert "--kube-system--" not in "".join(names)


@pytest.mark.parametrize("where", ["base", "clusters/a"])
def test_a_config_that_a_generator_makes_may_have_any_hash(tmp_path: Path, where: str) -> None:
    files = {"base/multus.yaml": MOUNTED, "clusters/b/kustomization.yaml": ROOT}
    listing = BASE["base/kustomization.yaml"] if where == "base" else ROOT
    files[f"{where}/kustomization.yaml"] = listing + GENERATOR
    files[f"{where}/70-multus.conf"] = CONFIG
    place = estate(tmp_path, files)
    written(place)
    assert "configMap/name" not in "".join(guarded(place))


@pytest.mark.parametrize("where", ["base", "clusters/a"])
@pytest.mark.parametrize("hashed", [True, False])
def test_a_generated_config_that_changes_must_have_no_hash(
    tmp_path: Path, where: str, hashed: bool
) -> None:
    documents = (ROOT_FOLDER / "samples/thick-4.0/manifests/multus.yaml").read_text()
    config, *rest = yaml.safe_load_all(documents)
    options = "" if hashed else "  options: {disableNameSuffixHash: true}\n"
    files = {
        "base/multus.yaml": yaml.safe_dump_all(rest),
        f"{where}/daemon-config.json": config["data"]["daemon-config.json"],
    }
    files[f"{where}/kustomization.yaml"] = (
        (BASE["base/kustomization.yaml"] if where == "base" else ROOT)
        + "configMapGenerator:\n- name: multus-daemon-config\n  namespace: kube-system\n"
        + f"  files: [daemon-config.json]\n{options}"
    )
    place = estate(tmp_path, files)
    if not hashed:
        run = migrator("edit", "clusters/a", "--target", "4.2.4", "-q", cwd=place)
        assert run == Run(0, "", "")
        return
    told = refused(place, "clusters/a", "--target", "4.2.4")
    line = 3 if where == "base" else 7
    said = (
        f"in a component: {where}/kustomization.yaml:{line}: ConfigMap kube-system/multus-daemon-"
    )
    assert said in told
    assert "is generated here, and its name has the hash of what would change" in told


@pytest.mark.parametrize(
    ("own", "line", "said"),
    [
        (
            LOUD,
            7,
            (
                "patches: this runs after the components of this kustomization, and would find nothing "
                "to change any more"
            ),
        ),
        (
            "namePrefix: x-\n",
            6,
            (
                "namePrefix: this runs after the components of this kustomization, and would undo "
                "ConfigMap kube-system/multus-daemon-config;"
            ),
        ),
    ],
)
def test_what_of_the_root_would_undo_it_is_named(
    tmp_path: Path, own: str, line: int, said: str
) -> None:
    place = estate(tmp_path, {"clusters/a/kustomization.yaml": f"{ROOT}{own}"})
    told = refused(place)
    assert f"in a component: clusters/a/kustomization.yaml:{line}: {said}" in told
    assert (
        "move it into a kustomization that this one lists, take it out, or use the overlay" in told
    )
    assert told.count("in a component:") == 1
    assert "in place:" in told
    assert "multus-migrator-" not in told


@pytest.mark.parametrize("tag", ["v4.0.1", "v4.1.4"])
def test_an_image_that_the_root_sets_itself_is_changed_there(tmp_path: Path, tag: str) -> None:
    """It runs after the component; the other clusters over the base keep their tags."""
    other = "images:\n- {name: other, newTag: v1}\n"
    own = other + images(tag).partition("\n")[2]
    place = estate(tmp_path, {"clusters/a/kustomization.yaml": ROOT + own})
    written(place)
    text = (place / "clusters/a/kustomization.yaml").read_text()
    assert text.endswith(other + images("v4.2.4-thick").partition("\n")[2])
    assert built(place / "clusters/a").count(f"image: {IMAGE}:v4.2.4-thick") == 2
    patches = (place / "clusters/a/multus-thick/patches").iterdir()
    assert "".join(path.read_text() for path in patches).count("image:") == 1, (
        "that of the installer"
    )


def test_two_entries_that_undo_the_same_are_both_named(tmp_path: Path) -> None:
    twice = images("v4.1.4") + images("v4.1.4").partition("\n")[2] + "namespace: kube-system\n"
    told = refused(estate(tmp_path, {"clusters/a/kustomization.yaml": ROOT + twice}))
    lines = [line for line in told.splitlines() if "in a component:" in line]
    assert [line.partition(" a component: ")[2].partition(": this")[0] for line in lines] == [
        "clusters/a/kustomization.yaml:7: images",
        "clusters/a/kustomization.yaml:9: images",
    ]


def test_an_object_that_the_root_renames_is_not_there_for_a_component(tmp_path: Path) -> None:
    rename = """\
patches:
- target: {kind: DaemonSet}
  options: {allowNameChange: true}
  patch: |-
    - {op: replace, path: /metadata/name, value: other}
"""
    place = estate(tmp_path, {"clusters/a/kustomization.yaml": ROOT + rename})
    assert (
        "DaemonSet kube-system/other is not there yet when the components of "
        "clusters/a/kustomization.yaml run" in refused(place)
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param(ROOT.replace("\n", "\r\n"), (ROOT + LINE).replace("\n", "\r\n"), id="CRLF"),
        pytest.param(
            "resources: [../../base]\n# last\n",
            "resources: [../../base]\ncomponents:\n  - multus-thick\n# last\n",
            id="flow",
        ),
        pytest.param(
            f"{ROOT}components: [../tz] # all\n",
            f"{ROOT}components: [../tz, multus-thick] # all\n",
            id="a list in flow style",
        ),
        pytest.param(
            f"Components:\n- ../tz  # all\n\n{ROOT}",
            f"Components:\n- ../tz  # all\n- multus-thick\n\n{ROOT}",
            id="a list above, in other letters",
        ),
        pytest.param(
            f"components:\n{ROOT}", f"components:\n  - multus-thick\n{ROOT}", id="nothing in it"
        ),
        pytest.param(
            "bases:\n- ../../base\ncommonAnnotations: {a: b}",
            "bases:\n- ../../base\ncommonAnnotations: {a: b}\ncomponents:\n- multus-thick",
            id="no resources, no end of the line",
        ),
        pytest.param(
            '{"resources": ["../../base"]}\n',
            '{"resources": ["../../base"], "components": ["multus-thick"]}\n',
            id="JSON",
        ),
    ],
)
def test_the_kustomization_gets_one_line_more(tmp_path: Path, text: str, wanted: str) -> None:
    clock = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: []\n"
    place = estate(tmp_path, {"clusters/tz/kustomization.yaml": clock})
    path = place / "clusters/a/kustomization.yaml"
    path.write_bytes(text.encode())
    commit(place, {})
    written(place)
    assert path.read_bytes().decode() == wanted


def test_who_bumps_the_image_in_the_base_stops_nothing(tmp_path: Path) -> None:
    place = estate(tmp_path, {})
    written(place)
    assert not [path for path in guarded(place) if path.endswith("/image")]
    before = built(place / "clusters/a")
    base = place / "base/multus.yaml"
    base.write_text(INSTALL.replace(":v4.1.4", ":v4.2.0"))
    assert built(place / "clusters/a") == before
    base.write_text(INSTALL.replace("--cni-version=0.3.1", "--cni-version=0.4.0"))
    with pytest.raises(Exception, match="test"):
        built(place / "clusters/a")


def test_argo_cd_leaves_each_file_alone_but_takes_what_is_built(tmp_path: Path) -> None:
    place = estate(tmp_path, {})
    written(place)
    files = [path for path in (place / FOLDER).rglob("*") if path.is_file()]
    assert len(files) == 6
    assert all(path.read_text().startswith("# +argocd:skip-file-rendering\n") for path in files)
    assert "+argocd" not in built(place / "clusters/a")


def test_a_script_that_builds_each_kustomization_yaml_finds_no_other(tmp_path: Path) -> None:
    place = estate(tmp_path, {})
    before = sorted(place.rglob("kustomization.yaml"))
    written(place)
    assert sorted(place.rglob("kustomization.yaml")) == before
    for path in before:
        assert built(path.parent)


def test_nothing_of_the_machine_or_of_the_build_is_committed(tmp_path: Path) -> None:
    place = estate(tmp_path / "repo", {})
    written(place)
    texts = {p.name: p.read_text() for p in (place / FOLDER).rglob("*") if p.is_file()}
    assert not [name for name, text in texts.items() if str(tmp_path) in text or "(built)" in text]
    other = estate(tmp_path / "other", {})
    run = migrator("edit", str(other / "clusters/a"), cwd=tmp_path)
    assert run.code == 0
    assert {p.name: p.read_text() for p in (other / FOLDER).rglob("*") if p.is_file()} == texts


def test_what_another_input_holds_is_edited_in_place(tmp_path: Path) -> None:
    daemon, _, rest = INSTALL.partition("---\n")
    place = estate(tmp_path, {"base/multus.yaml": daemon, "more/rest.yaml": rest})
    run = migrator("edit", "clusters/a", "more", "-q", cwd=place)
    assert run == Run(0, "", "")
    assert git(place, "status", "--short").splitlines() == [
        " M clusters/a/kustomization.yaml",
        " M more/rest.yaml",
        f"?? {FOLDER}/",
    ]


def test_a_folder_of_that_name_is_not_written_to(tmp_path: Path) -> None:
    place = estate(tmp_path, {f"{FOLDER}/README": "mine"})
    assert f"{FOLDER} is there, and the component of clusters/a/kustomization.yaml" in refused(
        place
    )


def test_a_later_edit_writes_into_the_component(tmp_path: Path) -> None:
    """Where a value stands; and behind all else, what it has not said so far."""
    place = estate(tmp_path, {})
    written(place, "--target", "4.1.4")
    patch = place / FOLDER / "patches/daemonset.apps--kube-system--kube-multus-ds.yaml"
    ours = f"# looked at\n{patch.read_text()}"
    patch.write_text(ours)
    commit(place, {})
    later = migrator("edit", "clusters/a", "--target", "4.2.4", cwd=place)
    assert (later.code, later.err) == (0, "")
    assert patch.read_text() == ours.replace("4.1.4-thick", "4.2.4-thick")
    assert len(git(place, "status", "--short").splitlines()) == 1
    lost = patch.read_text().replace("      hostPID: true\n", "")
    commit(place, {f"{FOLDER}/patches/{patch.name}": lost})
    assert migrator("edit", "clusters/a", "-q", cwd=place) == Run(0, "", "")
    assert patch.read_text() == lost
    assert [line[:3] for line in git(place, "status", "--short").splitlines()] == [
        " M ",
        "?? ",
        "?? ",
    ]
    assert "      hostPID: true\n" in patch.with_suffix(".2.yaml").read_text()
    assert git(place, "diff", "--numstat").split() == ["7", "0", f"{FOLDER}/kustomization.yml"]
    commit(place, {})
    assert migrator("edit", "clusters/a", cwd=place).out.startswith("NOTHING TO CHANGE")


def test_a_component_that_git_would_ignore_is_not_written(tmp_path: Path) -> None:
    place = estate(tmp_path, {".gitignore": "multus-thick/\n"})
    assert f"{FOLDER}/kustomization.yml:1: this file would be ignored by Git" in refused(place)


def test_a_root_above_that_was_not_given_stops_it(tmp_path: Path) -> None:
    place = estate(tmp_path, {"clusters/kustomization.yaml": "resources: [a]\n"})
    told = refused(place)
    assert "in a component: clusters: it builds a file that changes, and would change too" in told


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        ("base/multus.yaml", ":v4.1.4", ':v4.1.4 # {"$imagepolicy": "ns:multus"}', 16),
        (
            "base/kustomization.yaml",
            "]\n",
            "]\n" + images('v4.0.1 # {"$imagepolicy": "ns:multus:tag"}'),
            4,
        ),
    ],
)
def test_an_image_that_flux_sets_below_is_not_hidden(
    tmp_path: Path, file: str, old: str, new: str, line: int
) -> None:
    place = estate(tmp_path, {file: BASE[file].replace(old, new)})
    assert f"{file}:{line}: Flux sets the image of this line by an ImagePolicy" in refused(place)


def test_an_image_of_something_else_may_be_set_by_flux(tmp_path: Path) -> None:
    other = 'images:\n- name: other\n  newTag: v9 # {"$imagepolicy": "ns:other:tag"}\n'
    place = estate(tmp_path, {"base/kustomization.yaml": f"resources: [multus.yaml]\n{other}"})
    written(place)


def test_what_a_component_cannot_hold_either_is_told_with_both_reasons(tmp_path: Path) -> None:
    own = f"{ROOT}{LOUD}"
    told = refused(estate(tmp_path, {"clusters/a/kustomization.yaml": own})).splitlines()
    assert told[0] == "error: the plan cannot be written into these files; nothing was written"
    assert [line.partition(":")[2].strip().partition(":")[0] for line in told[1:]] == [
        "in a component",
        "in place",
    ]


def flux(path: str) -> str:
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata: {{name: net, namespace: flux-system}}\nspec: {{path: {path}, prune: true}}\n"
    )


def argo(path: str) -> str:
    return (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: net}\n"
        f"spec: {{source: {{repoURL: https://git.example/x, path: {path}}}}}\n"
    )


class TestAppliers:
    """Who else applies what changes."""

    @pytest.mark.parametrize(
        "other", [flux("./clusters/a"), flux("/clusters/a/"), argo("clusters/a")]
    )
    def test_a_root_that_another_applies_too_is_told(self, tmp_path: Path, other: str) -> None:
        place = estate(tmp_path, {"f/a.yaml": flux("clusters/a"), "f/b.yaml": f"# b\n{other}"})
        before = tree(place)
        run = migrator("edit", "clusters/a", "f/a.yaml", cwd=place)
        assert (run.code, run.out) == (1, "")
        assert tree(place) == before
        name = "Kustomization flux-system/net" if "flux" in other else "Application default/net"
        assert (
            f"in a component: f/b.yaml:2: {name} applies clusters/a, and would change too"
            in run.err
        )
        assert "point Kustomization flux-system/net (f/a.yaml:1) to it" in run.err

    def test_all_that_apply_it_may_be_given(self, tmp_path: Path) -> None:
        files = {"f/a.yaml": flux("clusters/a"), "f/b.yaml": flux("clusters/a")}
        place = estate(tmp_path, files)
        assert migrator("edit", "clusters/a", "f", "-q", cwd=place) == Run(0, "", "")

    def test_where_none_was_given_all_are_named(self, tmp_path: Path) -> None:
        files = {"f/a.yaml": flux("clusters/a"), "f/b.yaml": argo("clusters/a")}
        run = written(estate(tmp_path, files))
        said = " ".join(run.out.split())
        assert (
            "It is applied by Kustomization flux-system/net (f/a.yaml:1), Application default/net "
            "(f/b.yaml:1): each changes." in said
        )

    @pytest.mark.parametrize(
        ("given", "told"), [((), True), (("f/a.yaml",), False)], ids=["the root", "both"]
    )
    @pytest.mark.parametrize("kind", ["flux", "argo"])
    def test_images_over_the_root_are_told_where_the_plan_does_not(
        self, tmp_path: Path, kind: str, given: tuple[str, ...], told: bool
    ) -> None:
        """They would put the thin image back, and are no part of what was built."""
        images = "images: [{name: x, newTag: y}]"
        other = flux("clusters/a").replace("prune: true", f"prune: true, {images}")
        if kind == "argo":
            other = argo("clusters/a").replace("path:", f"kustomize: {{{images}}}, path:")
        place = estate(tmp_path, {"f/a.yaml": other})
        run = migrator("edit", "clusters/a", *given, cwd=place)
        assert (run.code, run.err) == (0, "")
        said = " ".join(run.out.split())
        assert ("(f/a.yaml:1) puts images of its own over that, which was not" in said) is told

    @pytest.mark.parametrize("given", [(), ("f/a.yaml",)])
    def test_a_base_that_is_applied_by_itself_is_left_alone(
        self, tmp_path: Path, given: tuple[str, ...]
    ) -> None:
        files = {"f/a.yaml": flux("clusters/a"), "f/base.yaml": flux("base")}
        place = estate(tmp_path, files, "a")
        run = migrator("edit", "clusters/a", *given, cwd=place)
        assert (run.code, run.err) == (0, "")
        said = " ".join(run.out.split())
        assert "Not in place: f/base.yaml:1: Kustomization flux-system/net applies base" in said
        assert not git(place, "status", "--short", "base")

    @pytest.mark.parametrize(
        "other",
        [
            flux("clusters/b"),
            flux("clusters"),
            flux("${WHERE}"),
            "a: kustomize.toolkit.fluxcd.io\n",
        ],
    )
    def test_what_applies_something_else_is_none_of_it(self, tmp_path: Path, other: str) -> None:
        place = estate(tmp_path, {"f/a.yaml": flux("clusters/a"), "f/b.yaml": other}, "a")
        run = migrator("edit", "clusters/a", "f/a.yaml", cwd=place)
        assert (run.code, run.err) == (0, "")
        assert "It is applied by" not in run.out
