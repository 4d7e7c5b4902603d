import type { GroupVersionKind } from './schema-writer.ts';

/** All groups and versions that upstream knows, also those that are served no more: options and watch events are read in each. */
const KNOWN = `admission.k8s.io v1 v1beta1, admissionregistration.k8s.io v1 v1alpha1 v1beta1, apiextensions.k8s.io v1 v1beta1, apiregistration.k8s.io v1 v1beta1,
apps v1 v1beta1 v1beta2, authentication.k8s.io v1 v1alpha1 v1beta1, authorization.k8s.io v1 v1beta1, autoscaling v1 v2, batch v1 v1beta1,
certificates.k8s.io v1 v1alpha1 v1beta1, coordination.k8s.io v1 v1alpha2 v1beta1, discovery.k8s.io v1 v1beta1, events.k8s.io v1 v1beta1, extensions v1beta1,
flowcontrol.apiserver.k8s.io v1 v1beta1 v1beta2 v1beta3, imagepolicy.k8s.io v1alpha1, internal.apiserver.k8s.io v1alpha1, lifecycle.k8s.io v1alpha1,
networking.k8s.io v1 v1beta1, node.k8s.io v1 v1alpha1 v1beta1, policy v1 v1beta1, rbac.authorization.k8s.io v1 v1alpha1 v1beta1,
resource.k8s.io v1 v1alpha3 v1beta1 v1beta2, scheduling.k8s.io v1 v1alpha3 v1beta1, storage.k8s.io v1 v1alpha1 v1beta1, storagemigration.k8s.io v1 v1beta1`;
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const OF_ALL_GROUPS = ['DeleteOptions', 'WatchEvent'];
const OF_THE_CORE = ['APIGroup', 'APIGroupList', 'APIResourceList', 'APIVersions', 'Status'];

/** Not among those under which custom resources are read. */
const APART = ['admission.k8s.io', 'apiextensions.k8s.io', 'apiregistration.k8s.io', 'imagepolicy.k8s.io'];

/** Under which groups and versions a kind of the API's own language goes; `only` is the group and version of a document that has no other. Documents of a custom group name all. */
export function metaKinds(name: string, only: { group: string; version: string } | undefined): GroupVersionKind[] {
  const kind = name.startsWith(META) ? name.slice(META.length) : '';
  if (OF_THE_CORE.includes(kind)) return [{ group: '', version: 'v1', kind }];
  if (!OF_ALL_GROUPS.includes(kind)) return [];
  const known = KNOWN.split(/,\s+/).flatMap((text) => {
    const [group = '', ...versions] = text.split(' ');
    return versions.map((version) => ({ group, version, kind }));
  });
  return [{ group: '', version: 'v1', kind }, ...known.filter(({ group, version }) => !only || (isCustom(only) ? !APART.includes(group) : group === only.group && version === only.version))];
}

function isCustom({ group }: { group: string }): boolean {
  return group !== '' && !new RegExp(`(^|[\\s,])${group.replaceAll('.', '\\.')} `).test(KNOWN);
}
