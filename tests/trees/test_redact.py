from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.model.inputs import MISSING, ItemKey
from migrator.trees import redact as module
from migrator.trees.redact import CHANGED, MARK, is_secret_name, redact, redact_both, redact_text

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "name",
    [
        *("token", "TOKEN", "password", "passphrase", "secret", "auth", "apiKey", "api_key"),
        *("client-key-data", "certificate-authority-data", "k8s_auth_token", "privateKey"),
        *("serviceAccountToken", "DB_PASSWORD", "example.com/token", "--token", "access-key"),
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("tokenFile", "secretName", "imagePullSecrets", "keyFile", "author", "monkey", "key"),
        *("kubeconfig", "tls.key", "name", "image", "tokenExpirationSeconds", "authorName"),
        *("secretKeyRef", "--multus-kubeconfig-file-host", "data", "passwordless"),
    ],
)
def test_names_of_other_things(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ({"token": "abc"}, {"token": MARK}),
        ({"password": 1234}, {"password": MARK}),
        ({"a": [{"apiKey": "x"}]}, {"a": [{"apiKey": MARK}]}),
        ({"tokens": "a", "token": ["a", "b"]}, {"tokens": "a", "token": [MARK, MARK]}),
        ({"name": "API_TOKEN", "value": "x"}, {"name": "API_TOKEN", "value": MARK}),
        (["--token", "x", "--v", "2"], ["--token", MARK, "--v", "2"]),
        (["--token=x"], [f"--token={MARK}"]),
        ("sh -c 'x --password abc'", f"sh -c 'x --password {MARK}"),
        (f"x {PEM} y", f"x {MARK} y"),
        ("-----BEGIN CERTIFICATE-----\nnever ends", MARK),
        (f"x {JWT} y", f"x {MARK} y"),
        ("ca: LS0tLS1CRUdJTiBDRVJU", f"ca: {MARK}"),
        ("https://user:pass@host/x", f"https://{MARK}@host/x"),
        ("Authorization: Bearer abc.def", f"Authorization: {MARK}"),
        ("users:\n- user:\n    token: abc\n", f"users:\n- user:\n    token: {MARK}\n"),
        ('{"a": {"token": "x"}}', f'{{"a": {{"token": "{MARK}"}}}}'),
        ('{"to\\u006ben": "x"}', f'{{"token": "{MARK}"}}'),
        ('broken {"token": "x"', f'broken {{"token": "{MARK}"'),
        (
            {"kind": "Secret", "data": {"x": "eA=="}, "stringData": {"y": "y"}},
            {"kind": "Secret", "data": {"x": MARK}, "stringData": {"y": MARK}},
        ),
        (
            '{"kind": "Secret", "data": {"x": "eA=="}}',
            f'{{"kind": "Secret", "data": {{"x": "{MARK}"}}}}',
        ),
    ],
)
def test_secrets_are_taken_out(value: Any, clean: Any) -> None:
    assert redact(value) == clean


@pytest.mark.parametrize(
    "value",
    [
        {"token": "/var/run/secrets/kubernetes.io/serviceaccount/token"},
        {"token": "$(TOKEN)", "password": "${PASSWORD}", "secret": ""},
        {"automountServiceAccountToken": True, "token": None},
        {"volumes": [{"name": "certs", "secret": {"secretName": "multus-certs"}}]},
        {"env": [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}]},
        {"imagePullSecrets": [{"name": "regcred"}]},
        ["--multus-kubeconfig-file-host=/etc/cni/net.d/multus.d/multus.kubeconfig"],
        '{"cniVersion":"0.3.1",  "type":"macvlan"}',
        "ghcr.io/k8snetworkplumbingwg/multus-cni@sha256:" + "0" * 64,
        "https://host:6443/path@x",
        {"kind": "ConfigMap", "data": {"x": "eA=="}},
    ],
)
def test_other_things_stay(value: Any) -> None:
    assert redact(value) == value


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (("data", "x"), "Secret"),
        (("stringData", "x"), "Secret"),
        (("metadata", "annotations", "example.com/token"), "Pod"),
        (("spec", "env", ItemKey("name", "MY_TOKEN"), "value"), "Pod"),
    ],
)
def test_the_place_of_a_value_decides(path: Any, kind: str) -> None:
    assert redact("abc", path, kind) == MARK


def test_a_place_of_another_kind_does_not() -> None:
    assert redact("abc", ("data", "x"), "ConfigMap") == "abc"


def test_a_secret_that_changed_is_seen_to_have_changed() -> None:
    before = {"token": "a", "password": "p", "x": 1}
    after = {"token": "b", "password": "p", "x": 2}
    assert redact_both(before, after) == (
        {"token": MARK, "password": MARK, "x": 1},
        {"token": CHANGED, "password": MARK, "x": 2},
    )


def test_a_change_is_seen_inside_a_text_that_changes_elsewhere_too() -> None:
    before, after = redact_both("token: a\nmtu: 1", "token: b\nmtu: 2")
    assert (before, after) == (f"token: {MARK}\nmtu: 1", f"token: {CHANGED}\nmtu: 2")


def test_a_new_secret_is_not_called_changed() -> None:
    assert redact_both(MISSING, {"token": "a"}) == (MISSING, {"token": MARK})


@pytest.mark.parametrize("text", [PEM, JWT, "token: abc", '{"token": "x"}', "https://a:b@c"])
def test_twice_is_once(text: str) -> None:
    once = redact_text(text)
    assert redact_text(once) == once
    changed = redact_both("token: old", "token: new")[1]
    assert redact_text(changed) == changed


def test_json_keeps_its_form_unless_it_holds_a_secret() -> None:
    text = '{ "type" : "macvlan" }'
    assert redact(text) is text
    assert json.loads(redact('{\n "token": "x"}\n')) == {"token": MARK}


@pytest.mark.parametrize(
    "text",
    ["a" * 200_000, "token" * 40_000, "-----BEGIN A-----" * 10_000, "://a:" * 50_000, "[" * 9_000],
    ids=["one word", "names", "begins", "addresses", "nested"],
)
def test_long_texts_do_not_hang(text: str) -> None:
    assert isinstance(redact_text(text), str)


_KEYS = st.sampled_from(["token", "name", "value", "data", "kind", "x"])
_TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["Secret", "token: a", "MY_TOKEN"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(_TREES)
def test_any_tree_keeps_its_shape(tree: Any) -> None:
    def shape(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: shape(value) for key, value in node.items()}
        return [shape(item) for item in node] if isinstance(node, list) else None

    clean = redact(tree)
    assert shape(clean) == shape(tree)
    assert redact(clean) == clean


_PIECES = st.lists(
    st.sampled_from(
        [
            *(
                '"',
                "'",
                "{",
                "}",
                "[",
                "]",
                ":",
                ",",
                " ",
                "=",
                "\n",
                "-",
                "/",
                "@",
                "\\",
                "\\u0074",
            ),
            *(
                "token",
                "ToKen",
                "pa\u017f\u017fword",
                "\u212aey",
                "psk",
                "api-",
                "key",
                "-p",
                "--psk",
            ),
            *("name", "value", "kind", "Secret", "data", "abc", "123", "eth0", "ghp_", "AKIA"),
            *("A" * 16, "https://", "u:p", "eyJhbGciOiJSUzI1NiJ9", "-----BEGIN X-----"),
        ]
    ),
    max_size=14,
).map("".join)


@given(
    text=_PIECES
    | st.lists(_PIECES).map(json.dumps)
    | st.dictionaries(_PIECES, _PIECES).map(json.dumps)
)
def test_a_text_that_is_passed_over_holds_no_secret(text: str) -> None:
    """Whatever is found on the long way is found."""
    quick = redact(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_holds_none", lambda _: False)
        assert redact(text) == quick
