import type { ExpressionWarning, ValidatingAdmissionPolicy } from '../../../../schema/v1.37/types/admissionregistration-v1.ts';
import type { ResourceInfo, Schema, Scheme } from '../../../api/schema.ts';
import type { Scope } from '../expression-scope.ts';

/** Kinds of one rule that are looked at. */
const MAXIMUM_KINDS = 10;

/** What the expressions of a policy say that the kinds it matches do not have. It keeps nobody from anything: it is shown in the status. */
export async function checkPolicyTypes(policy: ValidatingAdmissionPolicy, scheme: Scheme): Promise<ExpressionWarning[]> {
  const kinds = kindsToCheck(policy, scheme);
  if (kinds.length === 0) return [];
  const { programOf } = await import('../expression-scope.ts');
  const { declareLazily } = await import('../../../cel/lazy-types.ts');
  const { DYN } = await import('../../../cel/types.ts');
  const params = paramsOf(policy, scheme);
  const warnings: ExpressionWarning[] = [];

  function scopeFor(info: ResourceInfo): Scope {
    return {
      params: policy.spec?.paramKind !== undefined, authorizer: true, patches: false, variables: policy.spec?.variables ?? [],
      typed: {
        key: `${policy.metadata?.uid}/${policy.metadata?.generation}/${nameOf(info)}`,
        declare(environment) {
          const type = declareLazily(environment, withMetadata(info.schema, scheme), info.kind) ?? DYN;
          environment.registerVariable('object', type).registerVariable('oldObject', type);
          if (policy.spec?.paramKind) environment.registerVariable('params', (params && declareLazily(environment, withMetadata(params.schema, scheme), `params.${params.kind}`)) ?? DYN);
        },
      },
    };
  }

  function check(fieldRef: string, expression: string | undefined): void {
    if (!expression) return;
    const found: string[] = [];
    for (const info of kinds) {
      try {
        programOf(scopeFor(info), 'variable', expression);
      } catch (error) {
        found.push(`${nameOf(info)}: ${(error as Error).message}\n`);
      }
    }
    if (found.length > 0) warnings.push({ fieldRef, warning: found.join('\n') });
  }

  policy.spec?.validations?.forEach(({ expression, messageExpression }, index) => {
    check(`spec.validations[${index}].expression`, expression);
    check(`spec.validations[${index}].messageExpression`, messageExpression);
  });
  return warnings;
}

const nameOf = ({ group, version, kind }: ResourceInfo): string => `${group}/${version}, Kind=${kind}`;

/** Those that rules name without wildcards, the first by their names, sorted by group, version and kind. */
export function kindsToCheck(policy: ValidatingAdmissionPolicy, scheme: Scheme): ResourceInfo[] {
  const found = new Map<string, ResourceInfo>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of policy.spec?.matchConstraints?.resourceRules ?? []) {
    if ([...apiGroups, ...apiVersions].some((name) => name.includes('*'))) continue;
    const plain = resources.filter((name) => !/[*/]/.test(name)).sort();
    const places = [...apiGroups].sort().flatMap((group) => [...apiVersions].sort().flatMap((version) => plain.map((resource) => ({ group, version, resource }))));
    // An empty group is any, where names are looked up.
    const known = places.flatMap(({ group, version, resource }) => (group === '' ? scheme.resources().filter((info) => info.version === version && info.resource === resource) : scheme.resource(group, version, resource) ?? []));
    for (const info of known.slice(0, MAXIMUM_KINDS)) found.set(nameOf(info), info);
    // A rule with as many is the last that is looked at.
    if (known.length >= MAXIMUM_KINDS) break;
  }
  return [...found.values()].sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
}

function paramsOf({ spec }: ValidatingAdmissionPolicy, scheme: Scheme): ResourceInfo | undefined {
  const { apiVersion = '', kind = '' } = spec?.paramKind ?? {};
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  return scheme.kind(group, version, kind);
}

/** Schemas of custom kinds do not say what the metadata is; it is that of all kinds. */
function withMetadata(schema: Schema, scheme: Scheme): Schema {
  const metadata = scheme.kindSchema('', 'v1', 'ConfigMap')?.fields?.get('metadata');
  if (!schema.source || !metadata) return schema;
  const text = (name: string): [string, { name: string; schema: Schema; required: boolean }] => [name, { name, schema: { type: 'string' }, required: false }];
  return { ...schema, fields: new Map([...schema.fields ?? [], text('apiVersion'), text('kind'), ['metadata', metadata]]) };
}
