/** What controllers write of the types in policies: upstream's kube-controller-manager beside naru's checks. type-checking.ts */
import { startUpstream } from '../../../bench/compare/upstream.ts';
import { createScheme } from '../../../src/api/scheme.ts';
import { checkPolicyTypes } from '../../../src/apiserver/admission/policies/type-checking.ts';
import { sleep } from '../../../src/base/clock.ts';
import type { ExpressionWarning, ValidatingAdmissionPolicy } from '../../../schema/v1.37/types/admissionregistration-v1.ts';
import { Side } from '../client.ts';
import { show } from './run.ts';

const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const POLL_MILLISECONDS = 200;
const POLLS = 100;
type Spec = Omit<NonNullable<ValidatingAdmissionPolicy['spec']>, 'matchConstraints'> & { resources?: string[]; groups?: string[]; versions?: string[] };

const expressions = (...list: string[]): Spec => ({ validations: list.map((expression) => ({ expression })) });
const CASES: Record<string, Spec> = {
  fits: expressions('object.spec.replicas > 1', 'has(object.metadata.labels) && object.metadata.labels["a"] == "b"'),
  'undefined-field': expressions('object.spec.none == 1'), 'deep-field': expressions('object.spec.template.spec.containers.all(c, c.imge == "a")'), 'metadata-field': expressions('object.metadata.none == "a"'),
  'wrong-type': expressions('object.spec.replicas == "a"'), 'wrong-result': expressions('object.spec.replicas', '"text"'), 'old-object': expressions('oldObject.spec.none == 1'), 'two-faults': expressions('object.spec.none == 1 && object.spec.other == 2'),
  'two-kinds': { ...expressions('object.spec.serviceName == "a"'), resources: ['deployments', 'statefulsets', 'daemonsets'] }, subresources: { ...expressions('object.none == 1'), resources: ['deployments/scale', 'deployments'] },
  wildcard: { ...expressions('object.none == 1'), resources: ['*'] }, 'wildcard-group': { ...expressions('object.none == 1'), groups: ['*'] }, 'wildcard-version': { ...expressions('object.none == 1'), versions: ['*'] }, unknown: { ...expressions('object.none == 1'), resources: ['nothings'] },
  'message-expression': { validations: [{ expression: 'object.spec.replicas > 1', messageExpression: '"a" + object.spec.replicas' }, { expression: 'true', messageExpression: 'object.spec.none' }] },
  variables: { variables: [{ name: 'v', expression: 'object.spec.replicas' }, { name: 'bad', expression: 'object.spec.none' }], validations: [{ expression: 'variables.v == "a"' }, { expression: 'variables.bad == 1' }, { expression: 'variables.none == 1' }] },
  params: { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: 'params.data.x == 5' }, { expression: 'params.none == 1' }, { expression: 'params.metadata.name == "a"' }] },
  'unknown-params': { paramKind: { apiVersion: 'none.example.com/v1', kind: 'Nothing' }, validations: [{ expression: 'params.none == 1' }, { expression: 'object.none == 1' }] },
  others: expressions('request.none == "a"', 'namespaceObject.metadata.none == "a"', 'authorizer.none()', 'request.userInfo.username == 1', 'namespaceObject.metadata.labels.a == 1'),
  'int-or-string': expressions('object.spec.strategy.rollingUpdate.maxSurge == 5', 'object.spec.strategy.rollingUpdate.maxSurge == "5%"', 'object.spec.strategy.rollingUpdate.maxSurge.none == 1'),
  quantities: expressions('object.spec.template.spec.containers[0].resources.limits.cpu == "1"', 'object.spec.template.spec.containers[0].resources.limits["cpu"].isLessThan(quantity("1"))'),
  volumes: expressions('object.spec.template.spec.volumes[0].emptyDir.sizeLimit == "1"', 'object.spec.template.spec.volumes[0].name == 1', 'object.metadata.managedFields[0].fieldsV1.none == 1', 'object.metadata.managedFields[0].time == "a"'),
  ports: { ...expressions('object.spec.ports[0].targetPort == 5', 'object.spec.ports.all(p, p.port < 5 && p.none == 1)', 'object.spec.selector.a == 1', 'object.status.loadBalancer.ingress[0].ip == 1'), groups: [''], resources: ['services'] },
  events: { ...expressions('object.eventTime == "a"', 'object.series.count == "a"'), groups: ['events.k8s.io'], resources: ['events'] },
  raw: { ...expressions('object.data.none == 1', 'object.revision == "a"'), resources: ['controllerrevisions'] },
  times: expressions('object.metadata.creationTimestamp < timestamp("2020-01-01T00:00:00Z")', 'object.metadata.creationTimestamp == "a"'), enums: expressions('object.spec.strategy.type in ["Recreate", 5]'),
  many: { ...expressions('object.spec.none == 1'), groups: ['apps', 'batch', ''], resources: ['deployments', 'statefulsets', 'daemonsets', 'replicasets', 'controllerrevisions', 'jobs', 'cronjobs', 'pods', 'services', 'configmaps', 'secrets', 'endpoints'] },
  secrets: { ...expressions('object.data.a == "b"', 'object.stringData.a == 5'), groups: [''], resources: ['secrets'] }, definitions: { ...expressions('object.spec.versions[0].schema.openAPIV3Schema.properties.none == 1'), groups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'] },
};

function policyOf(name: string, { resources = ['deployments'], groups = ['apps'], versions = ['v1'], ...spec }: Spec): ValidatingAdmissionPolicy {
  return { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata: { name }, spec: { matchConstraints: { resourceRules: [{ apiGroups: groups, apiVersions: versions, resources, operations: ['CREATE'] }] }, ...spec } };
}

/** What upstream's controller says; a text when the API server refuses the policy. */
async function upstreamWarnings(side: Side, policy: ValidatingAdmissionPolicy): Promise<{ stored: ValidatingAdmissionPolicy; warnings: ExpressionWarning[] } | string> {
  const made = await side.send({ method: 'POST', path: POLICIES, headers: { 'content-type': 'application/json' }, body: JSON.stringify(policy) });
  if (made.code !== 201) return (JSON.parse(made.bytes.toString()) as { message: string }).message;
  for (let poll = 0; poll < POLLS; poll++) {
    const stored = JSON.parse((await side.send({ method: 'GET', path: `${POLICIES}/${policy.metadata?.name}` })).bytes.toString()) as ValidatingAdmissionPolicy;
    if (stored.status?.typeChecking) return { stored, warnings: stored.status.typeChecking.expressionWarnings ?? [] };
    await sleep(POLL_MILLISECONDS);
  }
  return 'no status in time';
}

/** Upstream gives each type a name of its own, by the nanosecond. */
const plain = (warnings: ExpressionWarning[]): string => JSON.stringify(warnings.map(({ fieldRef, warning }) => [fieldRef, warning.replace(/([A-Z][a-z]+[A-Za-z]*)\d{3,}/g, '$1')]));

async function main(): Promise<void> {
  const upstream = await startUpstream({ withControllers: true }, console.error);
  const { ca, admin } = upstream.pki;
  const side = new Side('upstream', { url: upstream.url, ca: ca.certificatePem, cert: admin.certificatePem, key: admin.privateKeyPem });
  const scheme = createScheme();
  let differing = 0;
  try {
    for (const [name, spec] of Object.entries(CASES)) {
      const found = await upstreamWarnings(side, policyOf(name, spec));
      const own = typeof found === 'string' ? undefined : plain(await checkPolicyTypes(found.stored, scheme));
      if (typeof found === 'string') console.log(`${name}: not compared: ${found}`);
      else if (own !== plain(found.warnings)) {
        differing++;
        console.log(`${name}\n      upstream: ${show(plain(found.warnings))}\n      naru:     ${show(own)}`);
      }
    }
  } finally {
    side.close();
    await upstream.stop();
  }
  console.log(`${Object.keys(CASES).length} policies compared, ${differing} differ`);
}

if (import.meta.main) await main();
