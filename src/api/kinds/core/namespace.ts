import type { Namespace } from '../../../../schema/v1.37/types/core-v1.ts';
import type { RuleContext } from '../../kind-rules.ts';
import type { FieldError } from '../../status.ts';
import { Findings } from '../common/findings.ts';
import { labelName } from '../common/formats.ts';
import { validateFinalizerName, validateMetadata, validateMetadataUpdate } from '../common/metadata.ts';

export function prepareNamespace(namespace: Namespace): void {
  const spec = (namespace.spec ??= {});
  namespace.status = { phase: 'Active' };
  if (!spec.finalizers?.includes('kubernetes')) spec.finalizers = [...(spec.finalizers ?? []), 'kubernetes'];
  const metadata = (namespace.metadata ??= {});
  (metadata.labels ??= {})['kubernetes.io/metadata.name'] = metadata.name ?? '';
}

/** The subresource finalize writes the finalizers and nothing else; an ordinary update all but them and the status. */
export function prepareNamespaceUpdate(namespace: Namespace, old: Namespace, context: RuleContext): void {
  namespace.status = old.status;
  if (context.subresource !== 'finalize') namespace.spec = { ...namespace.spec, ...(old.spec?.finalizers ? { finalizers: old.spec.finalizers } : {}) };
  const metadata = (namespace.metadata ??= {});
  if (metadata.name) (metadata.labels ??= {})['kubernetes.io/metadata.name'] = metadata.name;
}

export function validateNamespace(namespace: Namespace): FieldError[] {
  const findings = new Findings();
  validateMetadata(findings, namespace, false, labelName);
  for (const name of namespace.spec?.finalizers ?? []) validateFinalizerName(findings, 'spec.finalizers', name);
  return findings.list;
}

export function validateNamespaceUpdate(namespace: Namespace, old: Namespace, context: RuleContext): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, namespace, old);
  if (context.subresource === 'finalize') namespace.spec?.finalizers?.forEach((name, index) => validateFinalizerName(findings, `spec.finalizers[${index}]`, name));
  return findings.list;
}

export function validateNamespaceStatus(namespace: Namespace, old: Namespace): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, namespace, old);
  const phase = namespace.status?.phase ?? '';
  if (!namespace.metadata?.deletionTimestamp) {
    if (phase !== 'Active') findings.invalid('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty");
  } else if (phase !== 'Terminating') findings.invalid('status.Phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty");
  return findings.list;
}
