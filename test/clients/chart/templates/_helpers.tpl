{{- define "widgets.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
{{- /* A hook that leaves its name in the log: dict "root" . "hook" NAME */ -}}
{{- define "widgets.hook" -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .root.Release.Name }}-{{ .hook }}
  labels: {{- include "widgets.labels" .root | nindent 4 }}
  annotations:
    helm.sh/hook: {{ .hook }}
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: hook
          image: {{ .root.Values.images.tools }}
          command: [sh, -c, "echo {{ .hook }} of revision {{ .root.Release.Revision }}; exit {{ .root.Values.hookExit }}"]
{{- end }}
