/** Checks of names. Each returns the sentences of what is wrong, in upstream's wording; none when the name is good. */
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const LABEL_TEXT = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_TEXT = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const QUALIFIED_TEXT = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const QUALIFIED_SHAPE_TEXT = "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
const LABEL_VALUE_TEXT = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

export type NameRule = (name: string) => string[];

function check(name: string, pattern: RegExp, text: string, limit: number): string[] {
  const findings: string[] = [];
  if (name.length > limit) findings.push(`must be no more than ${limit} bytes`);
  if (!pattern.test(name)) findings.push(text);
  return findings;
}

export const isDnsLabel: NameRule = (name) => check(name, LABEL, LABEL_TEXT, 63);
export const isDnsSubdomain: NameRule = (name) => check(name, SUBDOMAIN, SUBDOMAIN_TEXT, 253);

export const isPathSegment: NameRule = (name) => {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
};

/** `name` or `prefix/name`: label keys, annotation keys, finalizers. */
export const isQualifiedName: NameRule = (value) => {
  const parts = value.split('/');
  if (parts.length > 2) return [QUALIFIED_SHAPE_TEXT];
  const findings: string[] = [];
  const name = parts.at(-1) as string;
  if (parts.length === 2) {
    const prefix = parts[0] as string;
    if (!prefix) findings.push('prefix part must be non-empty');
    else findings.push(...isDnsSubdomain(prefix).map((text) => `prefix part ${text}`));
  }
  if (!name) findings.push('name part must be non-empty');
  else if (name.length > 63) findings.push('name part must be no more than 63 bytes');
  if (!QUALIFIED.test(name)) findings.push(QUALIFIED_TEXT);
  return findings;
};

export const isLabelValue: NameRule = (value) => {
  const findings: string[] = [];
  if (value.length > 63) findings.push('must be no more than 63 bytes');
  if (value !== '' && !QUALIFIED.test(value)) findings.push(LABEL_VALUE_TEXT);
  return findings;
};

const PATH_SEGMENT_GROUPS = new Set(['rbac.authorization.k8s.io', 'apiserver.internal']);
const OWN_RULES: Record<string, NameRule> = {
  namespaces: isDnsLabel,
  services: isDnsLabel,
  endpoints: isDnsSubdomain,
  'endpointslices.discovery.k8s.io': isDnsSubdomain,
  'leases.coordination.k8s.io': isDnsSubdomain,
  'certificatesigningrequests.certificates.k8s.io': isPathSegment,
  // Its kind's own rule is stricter, and depends on the signer.
  'clustertrustbundles.certificates.k8s.io': isPathSegment,
  'ipaddresses.networking.k8s.io': isPathSegment,
  'events.events.k8s.io': isDnsSubdomain,
  'apiservices.apiregistration.k8s.io': isPathSegment,
  // Checked by its kind, which looks at whole names only.
  'deviceclasses.resource.k8s.io': isPathSegment,
  replicationcontrollers: isPathSegment,
  // Of these, anything goes that can stand in a path.
  events: isPathSegment,
  'poddisruptionbudgets.policy': isPathSegment,
};

/** The rule for names of one resource; most are DNS subdomains. */
export function nameRuleOf(group: string, resource: string): NameRule {
  const own = OWN_RULES[group ? `${resource}.${group}` : resource];
  if (own) return own;
  return PATH_SEGMENT_GROUPS.has(group) ? isPathSegment : isDnsSubdomain;
}
