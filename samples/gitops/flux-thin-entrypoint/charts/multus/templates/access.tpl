{{- if .Values.serviceAccount.create }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "multus.account" . }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "multus.labels" . | nindent 4 }}
automountServiceAccountToken: true
{{- end }}
{{- if .Values.rbac.create }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ include "multus.name" . }}
  labels:
    {{- include "multus.labels" . | nindent 4 }}
rules:
  - {apiGroups: [k8s.cni.cncf.io], resources: ["*"], verbs: ["*"]}
  - {apiGroups: [""], resources: [pods, pods/status], verbs: [get, list, update, watch]}
  - {apiGroups: ["", events.k8s.io], resources: [events], verbs: [create, patch, update]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ include "multus.name" . }}
  labels:
    {{- include "multus.labels" . | nindent 4 }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{ include "multus.name" . }}}
subjects:
  - {kind: ServiceAccount, name: {{ include "multus.account" . }}, namespace: {{ .Release.Namespace }}}
{{- end }}
