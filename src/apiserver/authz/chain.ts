import type { AuthorizationAttributes, AuthorizationDecision, ObjectReader, UserInfo } from '../contracts.ts';
import type { ClusterAuthorizer } from './authorizer.ts';
import { NodeAuthorizer, nodeNameOf } from './node.ts';
import type { PolicyRule } from './rbac-types.ts';
import { RbacEvaluator } from './rbac.ts';

export interface UserRules { rules: PolicyRule[]; errors: string[]; incomplete: boolean }

/** One authorizer of several that are asked in their order. */
export interface ChainMember {
  type: string;
  name: string;
  authorize(attributes: AuthorizationAttributes): AuthorizationDecision | Promise<AuthorizationDecision>;
  /** What it knows a user may do in a namespace. */
  rulesFor(user: UserInfo, namespace: string): UserRules;
  metricsText?(): string;
}

const NO_RULES: UserRules = { rules: [], errors: [], incomplete: false };
const EVERYTHING: PolicyRule[] = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] }];

export function nodeMember(reader: ObjectReader): ChainMember {
  const nodes = new NodeAuthorizer(reader);
  return {
    type: 'Node', name: 'node', authorize: (attributes) => nodes.authorize(attributes),
    rulesFor: (user) => (nodeNameOf(user) === undefined ? NO_RULES : { rules: [], errors: ['node authorizer does not support user rule resolution'], incomplete: true }),
  };
}

export function rbacMember(rbac: RbacEvaluator): ChainMember {
  return {
    type: 'RBAC', name: 'rbac', authorize: (attributes) => rbac.authorize(attributes),
    rulesFor(user, namespace) {
      const { rules, errors } = rbac.rulesFor(user, namespace);
      return { rules, errors, incomplete: errors.length > 0 };
    },
  };
}

export const ALWAYS_ALLOW: ChainMember = { type: 'AlwaysAllow', name: 'alwaysallow', authorize: () => ({ decision: 'allow', reason: '' }), rulesFor: () => ({ rules: EVERYTHING, errors: [], incomplete: false }) };
export const ALWAYS_DENY: ChainMember = { type: 'AlwaysDeny', name: 'alwaysdeny', authorize: () => ({ decision: 'none', reason: 'Everything is forbidden.' }), rulesFor: () => NO_RULES };

/** Who is in system:masters may all; then the members are asked in their order, and the first with an opinion decides. */
export function createAuthorizerChain(members: ChainMember[], rbac: RbacEvaluator): ClusterAuthorizer {
  const counts = members.map(() => ({ allowed: 0, denied: 0 }));

  function ask(attributes: AuthorizationAttributes, index: number, reasons: string[], errors: string[]): AuthorizationDecision | Promise<AuthorizationDecision> {
    for (let place = index; place < members.length; place++) {
      const answer = (members[place] as ChainMember).authorize(attributes);
      if (answer instanceof Promise) return answer.then((found) => take(found, place, reasons, errors) ?? ask(attributes, place + 1, reasons, errors));
      const decided = take(answer, place, reasons, errors);
      if (decided) return decided;
    }
    return { decision: 'none', reason: reasons.join('\n'), ...(errors.length > 0 ? { error: joined(errors) } : {}) };
  }

  /** The chain's decision when this answer is one; else it is kept in mind. */
  function take({ decision, reason, error }: AuthorizationDecision, place: number, reasons: string[], errors: string[]): AuthorizationDecision | undefined {
    if (decision !== 'none') {
      (counts[place] as { allowed: number; denied: number })[decision === 'allow' ? 'allowed' : 'denied']++;
      return { decision, reason, ...(error && decision === 'deny' ? { error } : {}) };
    }
    if (error) errors.push(error);
    if (reason) reasons.push(`${(members[place] as ChainMember).name}: ${reason}`);
    return undefined;
  }

  return {
    authorize(attributes) {
      if (attributes.user.groups.includes('system:masters')) return { decision: 'allow', reason: '' };
      return ask(attributes, 0, [], []);
    },
    rulesFor(user, namespace) {
      const all = members.map((member) => member.rulesFor(user, namespace));
      return { rules: all.flatMap(({ rules }) => rules), errors: all.flatMap(({ errors }) => errors), incomplete: all.some(({ incomplete }) => incomplete) };
    },
    roleRules: (roleRef, namespace) => rbac.roleRules(roleRef, namespace),
    metricsText() {
      const lines = members.flatMap(({ type, name }, place) => Object.entries(counts[place]!).filter(([, count]) => count > 0)
        .map(([decision, count]) => `apiserver_authorization_decisions_total{decision="${decision}",name="${name}",type="${type}"} ${count}\n`));
      return (lines.length > 0 ? `# TYPE apiserver_authorization_decisions_total counter\n${lines.join('')}` : '') + members.map((member) => member.metricsText?.() ?? '').join('');
    },
  };
}

function joined(errors: string[]): string {
  return errors.length === 1 ? errors[0] as string : `[${errors.join(', ')}]`;
}
