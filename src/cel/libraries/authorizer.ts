import type { Environment } from '../environment.ts';

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

/** Keeps answers, so that an expression that waited for one gets it at once when it runs again. */
export function remembering(ask: AskAuthorizer): AskAuthorizer {
  const known = new Map<string, AccessAnswer>();
  return (question) => {
    const key = JSON.stringify(question);
    const before = known.get(key);
    if (before) return before;
    const answer = ask(question);
    if (answer instanceof Promise) return answer.then((value) => { known.set(key, value); return value; });
    known.set(key, answer);
    return answer;
  };
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
  const decide = (check: ResourceCheck, verb: string): Decision | Promise<Decision> => {
    const answer = check.ask({ ...check.question, verb });
    return answer instanceof Promise ? answer.then((value) => new Decision(value)) : new Decision(answer);
  };
  environment.registerType('kubernetes.authorization.ResourceCheck', ResourceCheck).registerType('kubernetes.authorization.GroupCheck', GroupCheck)
    .registerType('kubernetes.authorization.PathCheck', PathCheck).registerType('kubernetes.authorization.Decision', Decision)
    .registerType('kubernetes.authorization.Authorizer', CelAuthorizer)
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
