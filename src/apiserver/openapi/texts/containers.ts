export const CONTAINERS = `
core.v1.Container: One program of a pod with its image, environment and limits. Containers of a pod share its network and its volumes.
  name: Name of the container, a DNS label that no other container of the pod has. It cannot be changed.
  image: Image to run, as registry/repository:tag or with @sha256:digest. May be changed in a running pod, which restarts the container.
  command: Program and first arguments, in place of the image's ENTRYPOINT. $(NAME) is replaced by the environment variable NAME, $$(NAME) stays $(NAME). No shell is involved.
  args: Arguments of the program, in place of the image's CMD. References as in command.
  workingDir: Directory in which the program starts; the image's own by default.
  ports: Ports that the container listens on. Leaving one out closes nothing: the list is for information, for names and for host ports.
  envFrom: ConfigMaps and Secrets all of whose keys become environment variables. Later sources win over earlier ones, env over all.
  env: Environment variables, in order; a value may refer to those before it.
  resources: What the container is promised and may use at most of CPU, memory and other resources.
  resizePolicy: Whether a change of CPU or memory in a running pod restarts the container. NotRequired by default.
  restartPolicy: Overrides the pod's policy for this container. Always makes an init container a sidecar: it keeps running beside the others and ends after them.
  restartPolicyRules: Rules that decide by exit code, in order, before restartPolicy is looked at. At most 20.
  volumeMounts: Volumes of the pod and where they appear in the container's file tree.
  volumeDevices: Volumes that the container sees as block devices.
  livenessProbe: Asked again and again; when it fails, the container is restarted. Without it, only the end of the program counts.
  readinessProbe: Asked again and again; while it fails, Services send nothing to the pod. Without it, a started container is ready.
  startupProbe: Until it succeeds, the other probes are not asked; when it fails for good, the container is restarted. For programs that start slowly.
  lifecycle: What is done right after the container started and before it is told to end.
  terminationMessagePath: File in the container whose content, up to 4096 bytes, becomes the message of its end. /dev/termination-log by default. It cannot be changed.
  terminationMessagePolicy: File takes the message from terminationMessagePath only; FallbackToLogsOnError takes the end of the log when that file is empty and the container failed. File by default.
  imagePullPolicy: Always asks the registry before each start, Never only uses what the node has, IfNotPresent asks when the node has none. Always by default for the tag latest or no tag, IfNotPresent otherwise.
  securityContext: User, capabilities and other rights of the program. Fields given here win over those of the pod.
  stdin: Keeps an input open for the program, for attach. False by default: reading gets the end of file at once.
  stdinOnce: Closes the input for good when the first client that attached leaves. Only with stdin. False by default.
  tty: Gives the program a terminal. Needs stdin. False by default.
  targetContainerName: Of an ephemeral container: the container whose processes it sees. Without it, the pod's own process namespace setting counts.
core.v1.EphemeralContainer: A container that is added to a running pod for a look around, by kubectl debug. It has no guarantee of resources, is never restarted and cannot be removed.
core.v1.ContainerPort: A port on which a container listens.
  name: Name of the port, unique in the pod, at most 15 characters; Services may refer to it.
  hostPort: Port of the node that leads to this one, 1 to 65535. Only one pod of a node can have it. With hostNetwork it must equal containerPort.
  containerPort: Port in the pod's network, 1 to 65535.
  protocol: TCP, UDP or SCTP. TCP by default.
  hostIP: Address of the node to which hostPort is bound; all of them by default.
core.v1.EnvFromSource: A ConfigMap or Secret whose keys become environment variables.
  prefix: Text put before each key to make the variable's name.
  configMapRef: The ConfigMap whose keys are taken.
  secretRef: The Secret whose keys are taken.
core.v1.ConfigMapEnvSource: A ConfigMap of the pod's namespace.
  name: Name of the ConfigMap.
  optional: The pod starts without it when it does not exist. False by default.
core.v1.SecretEnvSource: A Secret of the pod's namespace.
  name: Name of the Secret.
  optional: The pod starts without it when it does not exist. False by default.
core.v1.EnvVar: An environment variable.
  name: Name of the variable, of printable ASCII without "=".
  value: Its value. $(NAME) is replaced by an earlier variable, $$(NAME) stays $(NAME); a reference to nothing stays as it is. Empty by default.
  valueFrom: Where the value is taken from when the container starts. Not together with value.
core.v1.EnvVarSource: A place from which a variable takes its value; exactly one is given.
  fieldRef: A field of the pod: metadata.name, metadata.namespace, metadata.uid, metadata.labels['KEY'], metadata.annotations['KEY'], spec.nodeName, spec.serviceAccountName, status.hostIP, status.hostIPs, status.podIP or status.podIPs.
  resourceFieldRef: A request or limit of a container, such as limits.cpu.
  configMapKeyRef: A key of a ConfigMap of the pod's namespace.
  secretKeyRef: A key of a Secret of the pod's namespace.
  fileKeyRef: A key of a file in a volume, written as KEY=VALUE by an init container.
core.v1.ObjectFieldSelector: A field of the pod itself.
  apiVersion: Version in which fieldPath is written. v1 by default.
  fieldPath: Path of the field, such as metadata.name.
core.v1.ResourceFieldSelector: A request or limit of a container.
  containerName: The container that is meant. Needed in volumes; in variables the container itself by default.
  resource: Such as limits.cpu, requests.memory or limits.ephemeral-storage. A limit that is not set is the node's capacity.
  divisor: Unit in which the value is told, rounded up. 1 by default.
core.v1.ConfigMapKeySelector: A key of a ConfigMap.
  name: Name of the ConfigMap.
  key: The key that is taken.
  optional: The variable stays unset when ConfigMap or key do not exist. False by default: then the container waits.
core.v1.SecretKeySelector: A key of a Secret.
  name: Name of the Secret.
  key: The key that is taken.
  optional: The variable stays unset when Secret or key do not exist. False by default: then the container waits.
core.v1.FileKeySelector: A key of a file with variables.
  volumeName: The volume, an emptyDir of the pod, that holds the file.
  path: Path of the file in the volume, without "..".
  key: The variable's name in the file.
  optional: The variable stays unset when file or key do not exist. False by default: then the container does not start.
core.v1.ResourceRequirements: What is promised to a container, and what it may use at most.
  limits: The most that may be used, by resource. More CPU is throttled, more memory ends the container.
  requests: What the scheduler sets aside on the node, by resource. The limit by default, where there is one, and never more than it.
  claims: Names of the pod's resourceClaims whose devices this container may use.
core.v1.ResourceClaim: A claim of the pod that a container uses.
  name: Name of an entry of the pod's resourceClaims.
  request: One request of that claim; all of them by default.
core.v1.ContainerResizePolicy: What a change of one resource does to a running container.
  resourceName: cpu or memory.
  restartPolicy: NotRequired changes the limits under the running program, RestartContainer restarts it.
core.v1.ContainerRestartRule: A rule that decides about a container that ended.
  action: Restart starts the container again, RestartAllContainers all of the pod.
  exitCodes: The exit codes for which the rule holds.
core.v1.ContainerRestartRuleOnExitCodes: A set of exit codes.
  operator: In or NotIn.
  values: Exit codes, 0 to 255, at most 255 of them.
core.v1.VolumeMount: A volume of the pod at a place in a container.
  name: Name of an entry of the pod's volumes.
  readOnly: The container cannot write there. False by default.
  recursiveReadOnly: Whether readOnly counts for mounts below it too: Disabled (default), IfPossible or Enabled, which fails where the node cannot. Needs readOnly.
  mountPath: Path in the container, without ":". Used by one mount only.
  subPath: Path in the volume that is mounted instead of its root. Later changes of a ConfigMap or Secret do not arrive there.
  mountPropagation: Whether mounts made on one side appear on the other: None (default), HostToContainer, or Bidirectional, which needs a privileged container.
  subPathExpr: As subPath, with $(NAME) replaced by the container's environment. Not together with subPath.
  bindMountOptions: Further options of the mount, such as noexec.
core.v1.VolumeDevice: A volume as a block device in a container.
  name: Name of a volume of the pod that is a claim with volumeMode Block.
  devicePath: Path of the device in the container.
core.v1.Probe: A check that the node makes of a container. Exactly one of exec, httpGet, tcpSocket and grpc is given.
  exec: Runs a program in the container; exit code 0 is success.
  httpGet: Sends a GET request; codes from 200 to 399 are success.
  tcpSocket: Opens a connection; that it opens is success.
  grpc: Asks the gRPC health service; SERVING is success.
  initialDelaySeconds: Seconds from the start of the container to the first check. 0 by default.
  timeoutSeconds: Seconds after which a check has failed. 1 by default and at least.
  periodSeconds: Seconds from one check to the next. 10 by default, at least 1.
  successThreshold: Successes in a row that are needed after a failure. 1 by default; must be 1 for liveness and startup.
  failureThreshold: Failures in a row after which the check has failed. 3 by default, at least 1.
  terminationGracePeriodSeconds: Seconds the program has to end when this probe failed, instead of the pod's own. Only for liveness and startup probes.
core.v1.ExecAction: A program that is run in the container, without a shell.
  command: Program and arguments. The working directory is the container's root.
core.v1.HTTPGetAction: A GET request to the pod.
  path: Path of the request. / by default.
  port: Port of the container by number or name.
  host: Where the request goes; the pod's address by default. A Host header is set by httpHeaders.
  scheme: HTTP or HTTPS, whose certificate is not checked. HTTP by default.
  httpHeaders: Headers of the request; a name may come more than once.
  protocol: Version of HTTP that is spoken.
core.v1.HTTPHeader: A header of a request.
  name: Its name.
  value: Its value.
core.v1.TCPSocketAction: A connection to the pod.
  port: Port of the container by number or name.
  host: Where the connection goes; the pod's address by default.
core.v1.GRPCAction: A question to the gRPC health service of the pod.
  port: Port by number.
  service: Name of the service in the question. Empty by default: the server as a whole.
  mode: Whether the connection is encrypted.
core.v1.Lifecycle: What is done at the beginning and before the end of a container.
  postStart: Done right after the start, beside the program. When it fails, the container is ended and restarted as its policy says.
  preStop: Done before the program is told to end, within the pod's grace period. Not done when the program ended by itself.
  stopSignal: Signal that tells the program to end, such as SIGUSR1. The image's or SIGTERM by default. Needs the pod's os.name.
core.v1.LifecycleHandler: One thing to do; exactly one is given.
  exec: Runs a program in the container.
  httpGet: Sends a GET request to the container.
  tcpSocket: Not used any more; kept so that old objects can be read.
  sleep: Waits.
core.v1.SleepAction: A pause.
  seconds: How long; 0 to the pod's grace period.
core.v1.SecurityContext: Rights of one container. What is given here wins over the pod's securityContext.
  capabilities: Capabilities that are added to or taken from the runtime's usual set. Windows has none.
  privileged: The program has all rights of root on the node. False by default.
  seLinuxOptions: SELinux label of the program; chosen by the runtime by default.
  windowsOptions: Settings for Windows.
  runAsUser: User ID of the program; the image's by default.
  runAsGroup: Group ID of the program; the runtime's by default.
  runAsNonRoot: Refuses to start a program whose user ID would be 0. False by default.
  readOnlyRootFilesystem: The container's own file tree cannot be written; volumes can. False by default.
  allowPrivilegeEscalation: Whether a program may gain more rights than its parent, by setuid for instance. True by default, and always for privileged containers and those with SYS_ADMIN.
  procMount: Default hides parts of /proc, Unmasked shows them and needs hostUsers false. Default by default.
  seccompProfile: System calls that are allowed.
  appArmorProfile: AppArmor profile of the program.
core.v1.Capabilities: Changes to the usual set of capabilities.
  add: Capabilities to add, without CAP_, or ALL.
  drop: Capabilities to take away, without CAP_, or ALL.
core.v1.SELinuxOptions: Parts of an SELinux label.
  user: User part.
  role: Role part.
  type: Type part.
  level: Level part.
core.v1.WindowsSecurityContextOptions: Settings for containers on Windows.
  gmsaCredentialSpecName: Name of a credential specification for a group managed service account.
  gmsaCredentialSpec: The specification itself.
  runAsUserName: User that runs the program.
  hostProcess: The container runs on the host itself; all containers of the pod or none.
core.v1.SeccompProfile: A set of allowed system calls.
  type: RuntimeDefault takes the runtime's, Unconfined none, Localhost a file of the node.
  localhostProfile: Path of the file below the kubelet's seccomp folder. Only with Localhost, and needed there.
core.v1.AppArmorProfile: An AppArmor profile.
  type: RuntimeDefault takes the runtime's, Unconfined none, Localhost one that is loaded on the node.
  localhostProfile: Name of the loaded profile. Only with Localhost, and needed there.
`;
