{{- define "multus.labels" -}}
app: {{ .Chart.Name }}
tier: node
{{- end -}}

{{/* {root, image}: with the registry of a cluster without internet, if there is one. */}}
{{- define "multus.image" -}}
{{- $registry := .root.Values.global.systemDefaultRegistry -}}
{{- printf "%s%s:%s" (empty $registry | ternary "" (printf "%s/" $registry)) .image.repository .image.tag -}}
{{- end -}}

{{- define "multus.config" -}}
{{- printf "%s-%s-config" .Release.Name .Chart.Version -}}
{{- end -}}

{{/* All of a DaemonSet up to the pod's containers; both modes have it. */}}
{{- define "multus.head" -}}
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "multus.labels" . | nindent 4 }}
spec:
  selector:
    matchLabels:
      app: {{ .Chart.Name }}
  updateStrategy:
    type: RollingUpdate
    rollingUpdate: {maxUnavailable: 1}
  template:
    metadata:
      labels:
        {{- include "multus.labels" . | nindent 8 }}
      {{- if not .Values.thickPlugin.enabled }}
      annotations:
        checksum/config: {{ toJson .Values.config.cni_conf | sha256sum }}
      {{- end }}
    spec:
      hostNetwork: true
      priorityClassName: system-node-critical
      serviceAccountName: {{ .Values.serviceAccount.name }}
      nodeSelector:
        {{- toYaml .Values.labels.nodeSelector | nindent 8 }}
      tolerations:
        {{- toYaml .Values.tolerations | nindent 8 }}
{{- end -}}

{{/* The other plugins, put into the host's folder before Multus is. */}}
{{- define "multus.plugins" -}}
- name: cni-plugins
  image: {{ include "multus.image" (dict "root" . "image" .Values.cniplugins.image) }}
  env:
    - name: SKIP_CNI_BINARIES
      value: {{ .Values.cniplugins.skipcnis }}
  securityContext: {privileged: true}
  volumeMounts:
    - {name: cnibin, mountPath: /host/opt/cni/bin}
{{- end -}}
