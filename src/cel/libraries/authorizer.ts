import type { Environment } from '@marcbachmann/cel-js';

/** What an expression asks the authorizer; given by whoever evaluates, so that this library knows no server. */
export interface AccessQuestion {
  verb: string; path?: string; group?: string; resource?: string; subresource?: string; namespace?: string; name?: string;
  fieldSelector?: string; labelSelector?: string;
  /** Asked about this service account instead of the user. */
  serviceAccount?: { namespace: string; name: string };
}
export interface AccessAnswer { allowed: boolean; reason: string; error?: string }
export type AskAuthorizer = (question: AccessQuestion) => AccessAnswer | Promise<AccessAnswer>;

class ResourceCheck {
  readonly ask: AskAuthorizer;
  readonly question: Omit<AccessQuestion, 'verb'>;
  constructor(ask: AskAuthorizer, question: Omit<AccessQuestion, 'verb'>) {
    this.ask = ask;
    this.question = question;
  }
  with(more: Partial<AccessQuestion>): ResourceCheck {
    return new ResourceCheck(this.ask, { ...this.question, ...more });
  }
}
class GroupCheck extends ResourceCheck {}
class PathCheck extends ResourceCheck {}
class Decision {
  readonly answer: AccessAnswer;
  constructor(answer: AccessAnswer) {
    this.answer = answer;
  }
}

export class CelAuthorizer {
  readonly ask: AskAuthorizer;
  readonly requestResource: ResourceCheck;
  readonly serviceAccount: AccessQuestion['serviceAccount'];
  /** `requested`: what the request itself is about. */
  constructor(ask: AskAuthorizer, requested: Omit<AccessQuestion, 'verb'>, serviceAccount?: AccessQuestion['serviceAccount']) {
    this.ask = ask;
    this.requestResource = new ResourceCheck(ask, requested);
    this.serviceAccount = serviceAccount;
  }
}

/** `authorizer.group('apps').resource('deployments').namespace('a').check('create').allowed()` */
export function registerAuthorizer(environment: Environment): void {
  const decide = async (check: ResourceCheck, verb: string): Promise<Decision> => new Decision(await check.ask({ ...check.question, verb }));
  environment.registerType('kubernetes.authorization.ResourceCheck', ResourceCheck).registerType('kubernetes.authorization.GroupCheck', GroupCheck)
    .registerType('kubernetes.authorization.PathCheck', PathCheck).registerType('kubernetes.authorization.Decision', Decision)
    .registerType('kubernetes.authorization.Authorizer', { ctor: CelAuthorizer, fields: { requestResource: 'kubernetes.authorization.ResourceCheck' } })
    .registerFunction('kubernetes.authorization.Authorizer.path(string): kubernetes.authorization.PathCheck', ({ ask, serviceAccount }: CelAuthorizer, path: string) => new PathCheck(ask, { path, ...(serviceAccount ? { serviceAccount } : {}) }))
    .registerFunction('kubernetes.authorization.Authorizer.group(string): kubernetes.authorization.GroupCheck', ({ ask, serviceAccount }: CelAuthorizer, group: string) => new GroupCheck(ask, { group, ...(serviceAccount ? { serviceAccount } : {}) }))
    .registerFunction('kubernetes.authorization.Authorizer.serviceAccount(string, string): kubernetes.authorization.Authorizer', ({ ask, requestResource }: CelAuthorizer, namespace: string, name: string) =>
      new CelAuthorizer(ask, requestResource.question, { namespace, name }))
    .registerFunction('kubernetes.authorization.GroupCheck.resource(string): kubernetes.authorization.ResourceCheck', ({ ask, question }: GroupCheck, resource: string) => new ResourceCheck(ask, { ...question, resource }))
    .registerFunction('kubernetes.authorization.PathCheck.check(string): kubernetes.authorization.Decision', decide)
    .registerFunction('kubernetes.authorization.ResourceCheck.check(string): kubernetes.authorization.Decision', decide);
  for (const field of ['subresource', 'namespace', 'name', 'fieldSelector', 'labelSelector']) {
    environment.registerFunction(`kubernetes.authorization.ResourceCheck.${field}(string): kubernetes.authorization.ResourceCheck`, (check: ResourceCheck, value: string) => check.with({ [field]: value }));
  }
  environment
    .registerFunction('kubernetes.authorization.Decision.allowed(): bool', ({ answer }: Decision) => answer.allowed)
    .registerFunction('kubernetes.authorization.Decision.reason(): string', ({ answer }: Decision) => answer.reason)
    .registerFunction('kubernetes.authorization.Decision.errored(): bool', ({ answer }: Decision) => answer.error !== undefined)
    .registerFunction('kubernetes.authorization.Decision.error(): string', ({ answer }: Decision) => answer.error ?? '');
}
