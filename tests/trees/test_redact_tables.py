"""What is a secret and what only looks like one, text by text: both directions in one table."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.trees.redact import redact, redact_text, secret_places

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJlSoSoLong"

SECRETS = (
    "--auth-token=hush",
    "--auth-token=hush&hush;hush,hush",
    '--auth-token="hush hush"',
    "--password hush",
    '--password "hush hush" --v 2',
    "mysql -p hush",
    "login -p=hush",
    "args: - -p - hush",
    "args: - --password - hush",
    "[--password hush -p hush]",
    "the flag --password=hush. It is not known",
    "redis://:hush@host:6379/0",
    "postgres+psycopg2://user:hush@host/x",
    "mongodb+srv://user:hush@hush@host/x",
    "https://hush-hush-hush-hush-hush@git.example/x",
    "jdbc:mysql://host/x?user=a&password=hush",
    "sqlserver://host;user=a;password=hush;encrypt=true",
    "https://host/multus.yml?se=2026&sig=hush%2Bhush%3D&sp=r",
    "https://host/multus.yml?X-Amz-Signature=hush-hush-hush&x=1",
    f"it was {JWT}hush.",
    "Authorization: Bearer hush",
    "authorization=Basic hush",
    "pwd: hush",
    "etcd_key: hush",
    "privateKey=hush",
    "private_key: hush",
    "private-key hush".replace(" ", ": "),
    "wgPrivateKey: hush",
    "ssh_private_key: hush",
    "preSharedKey: hush",
    "pre_shared_key: hush",
    "psk=hush",
    "wpa_psk=hush",
    "example.com/token: hush",
    "DB_PASSWORD=hush",
    "password=hush\\hush",
    "password: {SSHA}hush",
    'password: "hush',
    "password: 'hush",
    '{"token": "hush", "token": "b"}',
    '{"token": "hush", "token": null}',
    '{"a": {"password": "hush"',
    '{"a": "{\\"password\\": \\"hush\\"}"}',
    'object {"config":"{\\"token\\": \\"hush\\"}"} failed',
    "map[password:hush token:hush]",
    "env: [{name: X_TOKEN, value: hush}]",
    "env:[map[name:X_TOKEN value:hush]]",
    '[{"name": "X_TOKEN", "value": "hush"}',
    '["--password", "hush", "-p", "hush"',
    "args:\n- --password\n- hush\n- -p\n- hush\n",
    "not read: https:/user:hush@host/x",
    "map[kind:Secret data:map[x:hush y:hush]]",
    '{"kind":"Secret","data":{"x":"hush"}} is not valid',
    "node contents: apiVersion: v1 data: x: hush kind: Secret metadata: name: a",
    "kind: Secret\nmetadata: {name: a}\ndata:\n  x: hush\n  y: hush\n",
    "a:\n  password: hush hush hush\n  b: 1",
    "a:\n  - password: hush; hush & hush\n  - b: 1",
    "a:\n  token: |\n    hush\n    hush\n  b: 1",
    "a:\n  token: >-\n    hush\n\n    hush\n",
    "token: |\n  hush",
)
KEPT = (
    "/x/passwd: the file is not there",
    "/etc/shadow and /etc/passwd: permission denied",
    "nodes/a/etc/passwd:12: not JSON",
    "net.d/token:3: not JSON",
    "etc/x/token: cannot be read",
    "--authorization-mode=Node,RBAC",
    "--authorization-mode Node",
    "--anonymous-auth=false",
    "--enable-bootstrap-token-auth=true",
    "--token-auth-file=/etc/kubernetes/tokens.csv",
    "--service-account-key-file=/etc/kubernetes/pki/sa.pub",
    "--multus-kubeconfig-file-host=/etc/cni/net.d/multus.d/multus.kubeconfig",
    "the flag --password is not known",
    "--token and --password were dropped",
    "tokenPath: /var/run/secrets/tokens/api",
    "token: /var/run/secrets/kubernetes.io/serviceaccount/token",
    "etcd_key: /calico-secrets/etcd-key",
    "automountServiceAccountToken: true",
    "serviceAccountToken: {path: token, expirationSeconds: 3600}",
    '{"serviceAccountToken": {"path": "token", "audience": "api"}}',
    "secretName: multus-certs",
    "secretKeyRef: {name: a, key: password}",
    "imagePullSecrets: [{name: regcred}]",
    "tokenReviews",
    "tokenExpirationSeconds: 3600",
    "resources: [secrets, serviceaccounts/token]",
    "serviceaccounts/token: create",
    "type: kubernetes.io/service-account-token",
    "the key of the map, and the token of the service account",
    "password: $(PASSWORD)",
    "token: ${TOKEN}",
    "auth: none",
    "author: someone",
    "monkey: business",
    "key: value",
    "mkdir -p host/opt/cni/bin",
    "mkdir -p data && cp -p a b",
    "/bin/mkdir -p data",
    "iptables -A INPUT -p tcp --dport 80",
    "docker run -p 8080:80 x",
    "ssh -p 22 host",
    "tar -p /x",
    "https://host:6443/path@x",
    "https://host/x?design=1&sigma=2&signature_version=4",
    "ssh://git@github.com/a/b",
    '"url":"http://a:1","mail":"x@y"',
    "kind: Secret kube-system/store is not in the inputs",
    "PWD=/host/etc",
    '{"cniVersion":"0.3.1",  "type":"macvlan"}',
    "kind: ConfigMap\ndata:\n  x: y\n",
    "a:\n  # token: the one of the daemon\n  b: 1",
    "eyJ.x.y",
    "ufmSecret: ufm-secret",
    "`automountServiceAccountToken: false`: the daemon panics",
    "env: [{name: TOKEN, value: $(OTHER)}]",
)


@pytest.mark.parametrize("text", SECRETS)
def test_no_secret_is_left_of(text: str) -> None:
    once = redact_text(text)
    assert "hush" not in once
    assert "<redacted>" in once
    assert redact_text(once) == once


@pytest.mark.parametrize("text", KEPT)
def test_nothing_is_taken_from(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize("text", ["token: hush and more", "--token=hush, next", "(psk=hush) next"])
def test_what_follows_stays(text: str) -> None:
    assert redact_text(text).endswith(text.partition("hush")[2])


@pytest.mark.parametrize(
    ("args", "clean"),
    [
        (["-p", "hush"], ["-p", "<redacted>"]),
        (["-p", "8080:80"], ["-p", "8080:80"]),
        (["mkdir", "-p", "/host/x"], ["mkdir", "-p", "/host/x"]),
        (["--token", "--v"], ["--token", "--v"]),
        (["--token=a b,c", "x"], ["--token=<redacted>", "x"]),
    ],
    ids=["a password", "a port", "a folder", "no value", "one word with blanks"],
)
def test_a_word_behind_a_flag(args: list[str], clean: list[str]) -> None:
    assert redact(args) == clean


@pytest.mark.parametrize(
    ("tree", "places"),
    [
        ({"a": 1, "b": ["x"]}, []),
        ({"password": "x", "b": [{"token": "y"}]}, [("password",), ("b", 0, "token")]),
        ({"c": '{"ipam": {"psk": "x"}, "mtu": 1}'}, [("c", "ipam", "psk")]),
        ({"args": ["--token", "x"]}, [("args", 1)]),
        ("token=x", [()]),
        ({"c": '{"psk": "x", "psk": "y"}'}, [("c", "psk")]),
    ],
    ids=["none", "two", "JSON in a text", "a word", "a text", "a key twice"],
)
def test_the_places_of_secrets(tree: Any, places: list[Any]) -> None:
    assert list(secret_places(tree)) == places
