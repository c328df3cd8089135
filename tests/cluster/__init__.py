"""A cluster that rollout.sh can be played against: no API server, no kubelet, no container runs.

What it answers to apply, set-last-applied, server-side apply and replace was recorded with a real API
server (kube-apiserver 1.36.2, kubectl 1.24 to 1.37); what Multus writes on a node is in the comments of
``multus.py``. A command, flag or object that is not known here is a fault of the test that sent it:
`StubError`, which ends up in `Cluster.errors`.
"""
