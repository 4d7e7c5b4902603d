import { formatTime } from '../../../base/clock.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionSpec } from '../../../../schema/v1.37/types/apiextensions-v1.ts';
import type { APIService } from '../../../../schema/v1.37/types/apiregistration-v1.ts';
import type { KindRules } from '../../kind-rules.ts';
import { type Findings, IMMUTABLE } from '../common/findings.ts';
import { dns1035Label, dnsSubdomain, type NameCheck, pathSegmentName } from '../common/formats.ts';
import { simpleKind } from '../common/simple.ts';

function defaultDefinition(definition: CustomResourceDefinition): void {
  const spec = definition.spec;
  if (!spec?.names) return;
  spec.names.singular ||= (spec.names.kind ?? '').toLowerCase();
  if (spec.names.kind) spec.names.listKind ||= `${spec.names.kind}List`;
  spec.conversion ??= { strategy: 'None' };
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service) service.port ??= 443;
  const status = (definition.status ??= {});
  const stored = spec.versions?.find(({ storage }) => storage)?.name;
  if (!status.storedVersions?.length && stored) status.storedVersions = [stored];
}

function checkNames(findings: Findings, { names }: CustomResourceDefinitionSpec): void {
  for (const field of ['plural', 'singular', 'kind', 'listKind'] as const) {
    const name = names?.[field] ?? '';
    const shown = field === 'kind' || field === 'listKind' ? name.toLowerCase() : name;
    if (!name && (field === 'plural' || field === 'kind')) findings.required(`spec.names.${field}`);
    const wrong = dns1035Label(shown);
    if (wrong.length > 0 && (name || field === 'plural' || field === 'singular')) {
      findings.invalid(`spec.names.${field}`, name, field === 'kind' || field === 'listKind' ? `may have mixed case, but should otherwise match: ${wrong.join(',')}` : wrong.join(','));
    }
  }
  names?.shortNames?.forEach((name, index) => { if (dns1035Label(name).length > 0) findings.invalid(`spec.names.shortNames[${index}]`, name, dns1035Label(name).join(',')); });
  names?.categories?.forEach((name, index) => { if (dns1035Label(name).length > 0) findings.invalid(`spec.names.categories[${index}]`, name, dns1035Label(name).join(',')); });
  if (names?.kind && names.kind === names.listKind) findings.invalid('spec.names.listKind', names.listKind, 'kind and listKind may not be the same');
}

/** The outer form of a definition. Its schemas are checked by the part that serves custom resources. */
function checkDefinition(findings: Findings, definition: CustomResourceDefinition, old: CustomResourceDefinition | undefined): void {
  const spec = definition.spec ?? ({} as CustomResourceDefinitionSpec);
  const name = definition.metadata?.name ?? '';
  if (!old && name !== `${spec.names?.plural}.${spec.group}`) findings.invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group');
  if (!spec.group) findings.required('spec.group');
  else if (dnsSubdomain(spec.group).length > 0) findings.invalid('spec.group', spec.group, dnsSubdomain(spec.group).join(','));
  else if (!spec.group.includes('.')) findings.invalid('spec.group', spec.group, 'should be a domain with at least one dot');
  findings.requiredOneOf('spec.scope', spec.scope, ['Cluster', 'Namespaced']);
  const versions = spec.versions ?? [];
  if (versions.length === 0) findings.required('spec.versions', 'must have at least one version');
  versions.forEach((version, index) => {
    const at = `spec.versions[${index}]`;
    const wrong = dns1035Label(version.name ?? '');
    if (wrong.length > 0) findings.invalid(`${at}.name`, version.name ?? '', wrong.join(','));
    if (!version.schema?.openAPIV3Schema) findings.required(`${at}.schema.openAPIV3Schema`, 'schemas are required');
  });
  const names = versions.map((version) => version.name);
  if (new Set(names).size !== names.length) findings.invalid('spec.versions', spec.versions, 'must contain unique version names');
  if (versions.filter(({ storage }) => storage).length !== 1) findings.invalid('spec.versions', spec.versions, 'must have exactly one version marked as storage version');
  checkNames(findings, spec);
  if (spec.preserveUnknownFields && !old?.spec.preserveUnknownFields) findings.invalid('spec.preserveUnknownFields', true, 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead');
  const { strategy } = spec.conversion ?? {};
  findings.requiredOneOf('spec.conversion.strategy', strategy, ['None', 'Webhook']);
  const stored = definition.status?.storedVersions ?? [];
  stored.forEach((version, index) => {
    if (!names.includes(version)) findings.invalid(`status.storedVersions[${index}]`, version, 'missing from spec.versions; may be orphaned data');
  });
}

function checkDefinitionUpdate(findings: Findings, now: CustomResourceDefinition, old: CustomResourceDefinition): void {
  const established = old.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True');
  if (now.spec.group !== old.spec.group) findings.invalid('spec.group', now.spec.group, IMMUTABLE);
  if (now.spec.names.plural !== old.spec.names.plural) findings.invalid('spec.names.plural', now.spec.names.plural, IMMUTABLE);
  if (!established) return;
  if (now.spec.scope !== old.spec.scope) findings.invalid('spec.scope', now.spec.scope, IMMUTABLE);
  if (now.spec.names.kind !== old.spec.names.kind) findings.invalid('spec.names.kind', now.spec.names.kind, IMMUTABLE);
}

export function extensionRules(): Record<string, KindRules> {
  return {
    CustomResourceDefinition: simpleKind<CustomResourceDefinition>({
      namespaced: false, anyFinalizer: true, conditional: true, generation: ['spec'], check: checkDefinition, checkUpdate: checkDefinitionUpdate,
      rules: {
        default: defaultDefinition,
        prepareForCreate(definition) {
          (definition.metadata ??= {}).generation = 1;
          const stored = definition.spec?.versions?.find(({ storage }) => storage)?.name;
          definition.status = { conditions: null as unknown as [], acceptedNames: { plural: '', kind: '' }, storedVersions: stored === undefined ? [] : [stored] };
        },
        prepareForUpdate(definition, old) {
          definition.status = { ...old.status };
          const stored = definition.spec?.versions?.find(({ storage }) => storage)?.name;
          // A version once stored stays listed until its objects are rewritten.
          if (stored !== undefined && !definition.status.storedVersions?.includes(stored)) definition.status.storedVersions = [...(definition.status.storedVersions ?? []), stored];
        },
      },
    }),
  };
}

/** An APIService is named after its version and group, even where the name is generated. */
function nameOfService({ spec }: APIService): NameCheck {
  const required = `${spec?.version ?? ''}.${spec?.group ?? ''}`;
  return (name) => {
    const wrong = pathSegmentName(name);
    if (wrong.length > 0) return wrong;
    return name === required ? [] : [`must be \`spec.version+"."+spec.group\`: ${JSON.stringify(required)}`];
  };
}

export function registrationRules(): Record<string, KindRules> {
  return {
    APIService: simpleKind<APIService>({
      namespaced: false, anyFinalizer: true, conditional: true, status: () => ({}), nameOf: nameOfService,
      check(findings, { spec }) {
        const { group = '', version = '', service } = spec ?? {};
        if (!group && version !== 'v1') findings.required('spec.group', 'only v1 may have an empty group and it better be legacy kube');
        if (group) findings.invalidEach('spec.group', group, dnsSubdomain(group));
        const wrong = dns1035Label(version);
        if (wrong.length > 0) findings.invalid('spec.version', version, wrong.join(','));
        if ((spec?.groupPriorityMinimum ?? 0) <= 0 || (spec?.groupPriorityMinimum ?? 0) > 20000) findings.invalid('spec.groupPriorityMinimum', spec?.groupPriorityMinimum ?? 0, 'must be positive and less than 20000');
        if ((spec?.versionPriority ?? 0) <= 0 || (spec?.versionPriority ?? 0) > 1000) findings.invalid('spec.versionPriority', spec?.versionPriority ?? 0, 'must be positive and less than 1000');
        if (!service) {
          if (spec?.caBundle) findings.invalid('spec.caBundle', `${spec.caBundle.length} bytes`, 'local APIServices may not have a caBundle');
          if (spec?.insecureSkipTLSVerify) findings.invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify');
          return;
        }
        if (!service.namespace) findings.required('spec.service.namespace');
        if (!service.name) findings.required('spec.service.name');
        const port = service.port ?? 443;
        if (port < 1 || port > 65535) findings.invalid('spec.service.port', port, 'port is not valid: must be between 1 and 65535, inclusive');
        if (spec?.insecureSkipTLSVerify && spec.caBundle) findings.invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present');
      },
      checkStatus(findings, { status }) {
        status?.conditions?.forEach((condition, index) => findings.oneOf(`status.conditions[${index}].status`, condition.status ?? '', ['True', 'False', 'Unknown']));
      },
      checkUpdate(findings, service) {
        const { generateName } = service.metadata ?? {};
        if (generateName) findings.invalidEach('metadata.generateName', generateName, nameOfService(service)(generateName, true));
      },
      rules: {
        default({ spec }) { if (spec?.service) spec.service.port ??= 443; },
        prepareForCreate(service, { now }) {
          const local = { type: 'Available', status: 'True', lastTransitionTime: formatTime(now), reason: 'Local', message: 'Local APIServices are always available' };
          service.status = service.spec?.service ? {} : { conditions: [local] };
        },
      },
    }),
  };
}
