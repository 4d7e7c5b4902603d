/** Every admission plugin that has a name for flags, in the order in which they run (upstream's, v1.37). */
const ORDER = [
  'AlwaysAdmit', 'NamespaceAutoProvision', 'NamespaceLifecycle', 'NamespaceExists', 'LimitPodHardAntiAffinityTopology', 'LimitRanger', 'ServiceAccount', 'NodeRestriction',
  'TaintNodesByCondition', 'AlwaysPullImages', 'ImagePolicyWebhook', 'PodSecurity', 'PodNodeSelector', 'Priority', 'DefaultTolerationSeconds', 'PodTolerationRestriction',
  'EventRateLimit', 'ExtendedResourceToleration', 'DefaultStorageClass', 'StorageObjectInUseProtection', 'PodGroupProtection', 'OwnerReferencesPermissionEnforcement',
  'PersistentVolumeClaimResize', 'RuntimeClass', 'CertificateApproval', 'CertificateSigning', 'ClusterTrustBundleAttest', 'CertificateSubjectRestriction',
  'DefaultIngressClass', 'DenyServiceExternalIPs', 'PodTopologyLabels', 'NodeDeclaredFeatureValidator', 'PodResizeValidator',
  // Naru's own parts run here: what upstream decides in its registries. No flag reaches them.
  'RBACEscalation', 'ExpressionValidation',
  'MutatingAdmissionPolicy', 'MutatingAdmissionWebhook', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionWebhook', 'ResourceQuota', 'AlwaysDeny',
] as const;

const NO_PLUGINS = new Set<string>(['RBACEscalation', 'ExpressionValidation']);

/** Only on when a flag names them. NodeRestriction is on, as every installer of Kubernetes has it. */
export const OPTIONAL_PLUGINS = new Set<string>([
  'AlwaysAdmit', 'AlwaysDeny', 'AlwaysPullImages', 'DenyServiceExternalIPs', 'EventRateLimit', 'ExtendedResourceToleration', 'ImagePolicyWebhook',
  'LimitPodHardAntiAffinityTopology', 'NamespaceAutoProvision', 'NamespaceExists', 'OwnerReferencesPermissionEnforcement', 'PodNodeSelector', 'PodTolerationRestriction',
]);

const KNOWN = new Set<string>(ORDER.filter((name) => !NO_PLUGINS.has(name)));
const PLACES = new Map<string, number>(ORDER.map((name, index) => [name, index]));

export const byPlace = (one: { name: string }, other: { name: string }): number => (PLACES.get(one.name) ?? 0) - (PLACES.get(other.name) ?? 0);

/** Names given to a flag, by comma. Throws Error for one that is no plugin. */
export function readPluginNames(flag: 'enable-admission-plugins' | 'disable-admission-plugins', value: string | undefined): string[] {
  const names = (value ?? '').split(',').filter((name) => name !== '');
  for (const name of names) if (!KNOWN.has(name)) throw new Error(`${flag} plugin ${JSON.stringify(name)} is unknown`);
  return names;
}

/** What both flags come to: optional plugins that are wanted, and plugins that are not. Throws Error when one stands in both. */
export function selectPlugins(enable: string | undefined, disable: string | undefined): { enabled: string[]; disabled: string[] } {
  const enabled = readPluginNames('enable-admission-plugins', enable), disabled = readPluginNames('disable-admission-plugins', disable);
  const both = [...new Set(enabled)].filter((name) => disabled.includes(name)).sort();
  if (both.length > 0) throw new Error(`[${both.join(' ')}] in enable-admission-plugins and disable-admission-plugins overlapped`);
  return { enabled: enabled.filter((name) => OPTIONAL_PLUGINS.has(name)), disabled };
}
