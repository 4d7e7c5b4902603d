import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readAdmissionSettings } from './configuration.ts';

const folder = mkdtempSync(join(tmpdir(), 'naru-admission-'));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(content: unknown): string {
  const path = join(folder, `${++files}.yaml`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}
const configuration = (name: string, own: unknown): string => file({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration', plugins: [{ name, configuration: own }] });

test('names of plugins are checked, and none may be both on and off', () => {
  assert.throws(() => readAdmissionSettings({ enable: 'Nothing' }), /^Error: enable-admission-plugins plugin "Nothing" is unknown$/);
  assert.throws(() => readAdmissionSettings({ disable: 'RBACEscalation' }), /^Error: disable-admission-plugins plugin "RBACEscalation" is unknown$/);
  assert.throws(() => readAdmissionSettings({ enable: 'Priority,LimitRanger,AlwaysDeny', disable: 'Priority,LimitRanger' }), /^Error: \[LimitRanger Priority\] in enable-admission-plugins and disable-admission-plugins overlapped$/);
  assert.deepEqual(readAdmissionSettings({ enable: 'NodeRestriction', disable: 'Priority' }).disabled, ['Priority']);
});

test('what a configuration says is kept, relative to its own place', () => {
  const selectors = file('podNodeSelectorPluginConfig:\n  clusterDefaultNodeSelector: a=b\n');
  const config = file({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration', plugins: [
    { name: 'PodNodeSelector', path: selectors.slice(folder.length + 1) },
    { name: 'PodSecurity', configuration: { apiVersion: 'pod-security.admission.config.k8s.io/v1', kind: 'PodSecurityConfiguration', defaults: { enforce: 'baseline', 'audit-version': 'v1.20' }, exemptions: { namespaces: ['kube-system'] } } },
  ] });
  const { podSecurity } = readAdmissionSettings({ enable: 'PodNodeSelector', config });
  assert.deepEqual(podSecurity?.defaults.enforce, { level: 'baseline', version: Infinity });
  assert.deepEqual(podSecurity?.defaults.audit, { level: 'privileged', version: 20 });
  assert.deepEqual(podSecurity?.exemptions, { usernames: [], namespaces: ['kube-system'], runtimeClasses: [] });
});

test('a file that is no good is refused, with what is wrong in whose part', () => {
  const refused = (config: string, enable = ''): string => {
    try {
      readAdmissionSettings({ enable, config });
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };
  assert.match(refused(file({ kind: 'Pod' })), /this is no AdmissionConfiguration/);
  assert.match(refused(file({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration', plugin: [] })), /unknown field "plugin"$/);
  const security = { apiVersion: 'pod-security.admission.config.k8s.io/v1', kind: 'PodSecurityConfiguration' };
  assert.equal(refused(configuration('PodSecurity', { ...security, defaults: { enforce: 'none' }, exemptions: { usernames: ['a', 'a'] } })),
    'couldn\'t init admission plugin "PodSecurity": [defaults.enforce: Invalid value: "none": must be one of privileged, baseline, restricted, exemptions.usernames[1]: Duplicate value: "a"]');
  assert.match(refused(configuration('PodSecurity', { ...security, exemptions: { users: [] } })), /strict decoding error: unknown field "exemptions.users"$/);
  assert.equal(refused(configuration('EventRateLimit', { apiVersion: 'eventratelimit.admission.k8s.io/v1alpha1', kind: 'Configuration', limits: [{ type: 'Server', qps: 0, burst: 1 }] }), 'EventRateLimit'),
    'couldn\'t init admission plugin "EventRateLimit": limits[0].qps: Invalid value: 0: must be positive');
  assert.match(refused(file({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration' }), 'EventRateLimit'), /"EventRateLimit": limits: Invalid value: null: must not be empty/);
  assert.match(refused(configuration('ValidatingAdmissionWebhook', { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'WebhookAdmissionConfiguration', kubeConfigFile: 'here' })), /kubeConfigFile: Invalid value: "here": must be an absolute file path$/);
  assert.match(refused(configuration('ResourceQuota', { kind: 'ResourceQuota', apiVersion: 'v1' })), /no kind "ResourceQuota" is registered for version "v1"$/);
});
