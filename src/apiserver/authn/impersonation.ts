import { badRequest } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';
import { authorizationError } from '../authz/forbidden.ts';
import type { AuthorizationAttributes, Authorizer, Credentials, UserInfo } from '../contracts.ts';
import { BoundedCache } from './bounded-cache.ts';
import { decodeKey, splitList } from './certificates.ts';
import { ImpersonationMetrics } from './impersonation-metrics.ts';
import { type ImpersonationMode, type Wish, impersonatedUser, IMPERSONATION_MODES, modesFor, permissionsOf, refusedWish } from './impersonation-modes.ts';
import { headerValues } from './users.ts';

const EXTRA_PREFIX = 'impersonate-extra-';
/** Users whose way of impersonating is remembered. */
const MAXIMUM_USERS = 1000;
/** From so many on, the right to all is asked for first. */
const MANY = 4;

/** Whom to go on as. `constraint`: the verb that allowed it, when it was not `impersonate` alone. */
export interface Impersonation { user: UserInfo; constraint: string }

/**
 * Takes `Impersonate-*` headers: as the asker, or as whom they name when the asker may. Constrained ways are tried before the
 * unconstrained one: they need the right to the very request that is made (`impersonate-on:WAY:VERB`) beside the right to the user.
 */
export class Impersonator {
  private readonly authorizer: Authorizer;
  private readonly clock: Clock;
  private readonly metrics = new ImpersonationMetrics();
  /** The way that served a user last, which is tried first. */
  private readonly lastModes = new BoundedCache<string, ImpersonationMode>(MAXIMUM_USERS);

  constructor(authorizer: Authorizer, clock: Clock) {
    this.authorizer = authorizer;
    this.clock = clock;
  }

  /** `asked`: the request, as the asker's own. undefined: nobody is impersonated. Throws StatusError 403 or 400. The headers are not for passing on. */
  async impersonate(headers: Credentials['headers'], asked: () => AuthorizationAttributes): Promise<Impersonation | undefined> {
    const wish = readWish(headers);
    if (!wish) return undefined;
    const started = this.clock.monotonic(), request = asked();
    const asker = request.user.name, last = this.lastModes.get(asker);
    const modes = modesFor(wish, request.user);
    let refusal: unknown;
    for (const mode of last && modes.includes(last) ? [last, ...modes.filter((one) => one !== last)] : modes) {
      try {
        await this.check(mode, wish, request);
      } catch (error) {
        refusal ??= error;
        continue;
      }
      this.lastModes.set(asker, mode);
      this.metrics.attempt(mode, 'allowed', this.clock.monotonic() - started);
      return { user: impersonatedUser(wish, mode), constraint: mode === 'legacy' ? '' : IMPERSONATION_MODES[mode] };
    }
    this.metrics.attempt('', 'denied', this.clock.monotonic() - started);
    throw refusal;
  }

  metricsText(): string {
    return this.metrics.text();
  }

  private async check(mode: ImpersonationMode, wish: Wish, request: AuthorizationAttributes): Promise<void> {
    const asker = mode === 'associated-node' ? withoutExtra(request.user) : request.user;
    if (mode !== 'legacy') await this.require(mode, { ...request, user: asker, verb: `impersonate-on:${mode}:${request.verb}` });
    for (const permissions of permissionsOf(wish, mode)) {
      const attributes = permissions.map((permission): AuthorizationAttributes => ({ user: asker, verb: IMPERSONATION_MODES[mode], isResourceRequest: true, path: '', ...permission }));
      const refused = refusedWish(wish, mode, attributes[0]?.resource);
      if (refused) throw authorizationError({ ...attributes[0] as AuthorizationAttributes, subresource: '', name: refused.name }, refused.reason);
      if (mode !== 'legacy' && attributes.length >= MANY && await this.may(mode, { ...attributes[0] as AuthorizationAttributes, name: '*', subresource: attributes[0]?.subresource ? '*' : '' })) continue;
      for (const each of attributes) await this.require(mode, each);
    }
  }

  private async may(mode: ImpersonationMode, attributes: AuthorizationAttributes): Promise<boolean> {
    return this.require(mode, attributes).then(() => true, () => false);
  }

  private async require(mode: ImpersonationMode, attributes: AuthorizationAttributes): Promise<void> {
    const started = this.clock.monotonic();
    const { decision, reason, error } = await this.authorizer.authorize(attributes);
    this.metrics.authorization(mode, decision === 'allow' ? 'allowed' : 'denied', this.clock.monotonic() - started);
    if (decision !== 'allow') throw authorizationError(attributes, [error, reason].filter(Boolean).join(': '));
  }
}

/** Which node and pod a token is bound to does not matter once it is known to be the wished one. */
function withoutExtra(user: UserInfo): UserInfo {
  return { ...user, extra: { 'authentication.kubernetes.io/associated-node-keys': Object.keys(user.extra ?? {}).sort() } };
}

function readWish(headers: Credentials['headers']): Wish | undefined {
  const userName = headerValues(headers, 'impersonate-user')[0] ?? '';
  const groups = splitList(headerValues(headers, 'impersonate-group'));
  const uid = headerValues(headers, 'impersonate-uid')[0] ?? '';
  const extra: Record<string, string[]> = {};
  for (const header in headers) {
    if (header.startsWith(EXTRA_PREFIX)) extra[decodeKey(header.slice(EXTRA_PREFIX.length))] = splitList(headerValues(headers, header));
  }
  if (userName) return { userName, groups, uid, extra };
  if (groups.length === 0 && uid === '' && Object.keys(extra).length === 0) return undefined;
  throw badRequest(`requested ${goUser(groups, uid, extra)} without impersonating a user name`);
}

/** The wish as upstream's message shows it. */
function goUser(groups: string[], uid: string, extra: Wish['extra']): string {
  const list = (values: string[]): string => `[]string{${values.map((value) => JSON.stringify(value)).join(', ')}}`;
  const map = Object.entries(extra).sort().map(([key, values]) => `${JSON.stringify(key)}:${list(values)}`).join(', ');
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${groups.length > 0 ? list(groups) : '[]string(nil)'}, Extra:map[string][]string${map ? `{${map}}` : '(nil)'}}`;
}
