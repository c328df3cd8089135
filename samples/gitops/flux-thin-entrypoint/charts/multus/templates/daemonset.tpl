---
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: {{ include "multus.name" . }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "multus.labels" . | nindent 4 }}
spec:
  selector:
    matchLabels:
      {{- include "multus.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "multus.labels" . | nindent 8 }}
      {{- with .Values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      hostNetwork: true
      enableServiceLinks: false
      serviceAccountName: {{ include "multus.account" . }}
      {{- range $field := list "priorityClassName" "nodeSelector" "affinity" "tolerations" }}
      {{- with get $.Values $field }}
      {{ $field }}: {{ toJson . }}
      {{- end }}
      {{- end }}
      {{- with .Values.cniPlugins }}
      {{- if .enabled }}
      initContainers:
        - name: cni-plugins
          image: {{ .image.repository }}:{{ .image.tag }}
          imagePullPolicy: {{ .image.pullPolicy }}
          resources: {{ toJson .resources }}
          volumeMounts:
            - {name: cni-bin, mountPath: /host/opt/cni/bin}
      {{- end }}
      {{- end }}
      containers:
        - name: multus
          image: {{ .Values.image.repository }}:{{ .Values.image.tag | default (printf "v%s" .Chart.AppVersion) }}
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          args:
            - --cleanup-config-on-exit
            - --multus-cni-conf-dir=/tmp
            {{- range .Values.extraArgs }}
            - {{ . }}
            {{- end }}
          resources: {{ toJson .Values.resources }}
          securityContext: {{ toJson .Values.securityContext }}
          volumeMounts:
            - {name: cni-net, mountPath: /host/etc/cni/net.d}
            - {name: cni-bin, mountPath: /host/opt/cni/bin}
            - {name: tmp, mountPath: /tmp}
      volumes:
        - {name: cni-net, hostPath: {path: {{ .Values.cni.netDir }}}}
        - {name: cni-bin, hostPath: {path: {{ .Values.cni.binDir }}}}
        - {name: tmp, emptyDir: {}}
