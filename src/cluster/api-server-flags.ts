import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { CommandError } from '../base/command-error.ts';
import { parseGoDuration } from '../base/go-duration.ts';

/** What an API server flag's value is. Files are kept as absolute paths. `none`: it is known, and refused. */
export type FlagKind = 'file' | 'files' | 'none' | 'log' | 'text' | 'count' | 'duration' | 'boolean';

/** Flags of kube-apiserver that `naru up` takes, by upstream's names. */
export const API_SERVER_FLAGS: Record<string, [kind: FlagKind, description: string]> = {
  'etcd-servers': ['text', 'keep the cluster in this etcd: URLs of its members, by comma'],
  'etcd-prefix': ['text', 'keep everything below this key of the etcd, and touch no other; default /registry'],
  'etcd-cafile': ['file', 'authority of etcd\'s certificates'],
  'etcd-certfile': ['file', 'client certificate towards etcd'],
  'etcd-keyfile': ['file', 'key of that certificate'],
  'encryption-provider-config': ['file', 'EncryptionConfiguration: which resources are stored encrypted, and how'],
  'encryption-provider-config-automatic-reload': ['boolean', 'read that file again when it changes'],
  'audit-policy-file': ['file', 'which requests the audit log keeps'],
  'audit-log-path': ['log', 'where the audit log is written, - for the control plane\'s own log'],
  'audit-log-maxage': ['count', 'days that old audit logs are kept'],
  'audit-log-maxbackup': ['count', 'old audit logs that are kept'],
  'audit-log-maxsize': ['count', 'megabytes after which a new audit log begins'],
  'audit-log-compress': ['boolean', 'old audit logs are compressed'],
  'audit-webhook-config-file': ['file', 'kubeconfig of a server that takes audit events'],
  'audit-webhook-batch-buffer-size': ['count', 'events that may wait for that server'],
  'audit-webhook-batch-max-size': ['count', 'events sent at once'],
  'audit-webhook-batch-max-wait': ['duration', 'how long an event waits for others'],
  'enable-priority-and-fairness': ['boolean', 'queue requests by FlowSchemas; false: only limit them'],
  'max-requests-inflight': ['count', 'reads that run at once'],
  'max-mutating-requests-inflight': ['count', 'writes that run at once'],
  'request-timeout': ['duration', 'how long a request may take'],
  'min-request-timeout': ['count', 'seconds a watch lives at least'],
  'shutdown-delay-duration': ['duration', 'how long a server that is to stop still serves'],
  'event-ttl': ['duration', 'how long events are kept; 1h'],
  'service-node-port-range': ['text', 'ports that Services of type NodePort get; 30000-32767'],
  'cors-allowed-origins': ['text', 'origins whose pages may ask, by comma: regular expressions that pin the host'],
  'strict-transport-security-directives': ['text', 'directives that keep browsers to TLS, by comma'],
  'anonymous-auth': ['boolean', 'whether requests without credentials are let in'],
  'api-audiences': ['text', 'audiences of the API server, by comma'],
  'client-ca-file': ['file', 'further authorities of client certificates, beside the cluster\'s own; read again when it changes'],
  'service-account-key-file': ['files', 'public keys of earlier days whose service-account tokens still count, by comma'],
  'service-account-signing-key-file': ['file', 'private key that signs service-account tokens instead of the cluster\'s own'],
  'service-account-max-token-expiration': ['duration', 'longest life of a token that is asked for, at least 1h'],
  'service-account-extend-token-expiration': ['boolean', 'tokens of pods live for a year, so that programs that read theirs once go on working'],
  'egress-selector-config-file': ['none', 'not served: the control plane reaches nodes and pods by itself'],
  'token-auth-file': ['file', 'fixed tokens: token,user,uid,"group1,group2"'],
  'authentication-config': ['file', 'AuthenticationConfiguration: issuers of tokens, anonymous requests'],
  'authentication-token-webhook-config-file': ['file', 'kubeconfig of a server that reviews tokens'],
  'authentication-token-webhook-cache-ttl': ['duration', 'how long its answers are kept'],
  'authentication-token-webhook-version': ['text', 'version of TokenReview it is asked with: v1'],
  'oidc-issuer-url': ['text', 'OpenID Connect provider'],
  'oidc-client-id': ['text', 'audience its tokens must name'],
  'oidc-ca-file': ['file', 'authority of the provider\'s certificate'],
  'oidc-username-claim': ['text', 'claim that names the user'],
  'oidc-username-prefix': ['text', 'what stands before the name; - for nothing'],
  'oidc-groups-claim': ['text', 'claim that names the groups'],
  'oidc-groups-prefix': ['text', 'what stands before each group'],
  'oidc-required-claim': ['text', 'key=value that tokens must claim, more by comma'],
  'oidc-signing-algs': ['text', 'algorithms of signatures, by comma'],
  'authorization-mode': ['text', 'authorizers by comma, in their order: Node,RBAC,Webhook,AlwaysAllow,AlwaysDeny'],
  'authorization-config': ['file', 'AuthorizationConfiguration: authorizers in their order'],
  'authorization-webhook-config-file': ['file', 'kubeconfig of a server that authorizes'],
  'authorization-webhook-version': ['text', 'version of SubjectAccessReview it is asked with: v1'],
  'authorization-webhook-cache-authorized-ttl': ['duration', 'how long its yes is kept'],
  'authorization-webhook-cache-unauthorized-ttl': ['duration', 'how long its no is kept'],
  'enable-admission-plugins': ['text', 'admission plugins that are on beside the usual ones, by comma'],
  'disable-admission-plugins': ['text', 'usual admission plugins that stay off, by comma'],
  'admission-control-config-file': ['file', 'AdmissionConfiguration: what plugins are told'],
  'default-not-ready-toleration-seconds': ['count', 'how long pods stay on a node that is not ready; 300'],
  'default-unreachable-toleration-seconds': ['count', 'how long pods stay on a node that cannot be reached; 300'],
};

export type ApiServerFlagValues = Record<string, string>;

/** The flag's value as it is kept with the cluster; throws CommandError for one that is no good. */
export function checkFlag(name: string, value: string): string {
  const kind = API_SERVER_FLAGS[name]?.[0];
  const refuse = (text: string): never => { throw new CommandError(`--${name} ${value}: ${text}`); };
  if (kind === 'file') return existsSync(resolve(value)) ? resolve(value) : refuse('there is no such file');
  if (kind === 'files') return value.split(',').map((path) => existsSync(resolve(path)) ? resolve(path) : refuse(`there is no file ${path}`)).join(',');
  if (kind === 'none') return refuse(API_SERVER_FLAGS[name]?.[1] ?? '');
  if (kind === 'log') return value === '-' ? value : resolve(value);
  if (kind === 'count' && !/^\d+$/.test(value)) return refuse('a whole number is wanted');
  if (kind === 'duration' && (parseGoDuration(value) ?? -1n) < 0n) return refuse('a time such as 30s or 1m30s is wanted');
  if (kind === 'boolean' && !['true', 'false'].includes(value)) return refuse('true or false is wanted');
  return value;
}
