{{- define "multus.selector" -}}
app.kubernetes.io/controller: multus
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/name: {{ .Release.Name }}
{{- end -}}

{{- define "multus.labels" -}}
{{ include "multus.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}
