/** Labels on containers and sandboxes: what the agent must know of them after it was started anew. */
export const LABEL = {
  podUid: 'io.kubernetes.pod.uid',
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  containerName: 'io.kubernetes.container.name',
  hash: 'naru.container.hash',
  terminationMessagePath: 'naru.termination-message.path',
  terminationMessagePolicy: 'naru.termination-message.policy',
  terminationMessageFile: 'naru.termination-message.file',
  imageName: 'naru.image.name',
  imageReference: 'naru.image.reference',
  user: 'naru.user',
  stopSignal: 'naru.stop-signal',
  gracePeriod: 'naru.grace-period',
  /** On instances that the API reported and the runtime does not know. */
  lost: 'naru.lost',
} as const;
