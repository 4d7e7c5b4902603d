import { compile, createEnvironment, type Program } from '../../cel/compile.ts';
import { fromCel, toCel } from '../../cel/values.ts';
import type { UserInfo } from '../contracts.ts';
import { CREDENTIAL_ID } from './users.ts';

export interface ClaimOrExpression { claim?: string; expression?: string }
export interface PrefixedClaimOrExpression extends ClaimOrExpression { prefix?: string }
export interface ClaimMappings {
  username: PrefixedClaimOrExpression; groups?: PrefixedClaimOrExpression; uid?: ClaimOrExpression;
  extra?: { key: string; valueExpression: string }[];
}
export interface ClaimRules {
  claimMappings: ClaimMappings;
  claimValidationRules?: { claim?: string; requiredValue?: string; expression?: string; message?: string }[];
  userValidationRules?: { expression: string; message?: string }[];
}
export type Claims = Record<string, unknown>;

/** The user that a token's claims tell of. Throws Error with the reason when they tell of none, or of one who may not in. */
export type ClaimReader = (claims: Claims) => UserInfo;

/** Compiles all expressions. Throws Error that names the one that is no good. */
export function createClaimReader({ claimMappings, claimValidationRules = [], userValidationRules = [] }: ClaimRules): ClaimReader {
  const claimsEnvironment = createEnvironment({ claims: 'dyn' });
  const userEnvironment = createEnvironment({ user: 'dyn' });
  const value = (expression: string | undefined): Program | undefined => (expression ? compiled(claimsEnvironment, expression) : undefined);
  const { username, groups = {}, uid = {}, extra = [] } = claimMappings;
  const programs = { username: value(username.expression), groups: value(groups.expression), uid: value(uid.expression) };
  const extras = extra.map(({ key, valueExpression }) => ({ key, expression: valueExpression, program: compiled(claimsEnvironment, valueExpression) }));
  const rules = claimValidationRules.map((rule) => ({ ...rule, program: value(rule.expression) }));
  const userRules = userValidationRules.map((rule) => ({ ...rule, program: compiled(userEnvironment, rule.expression) }));

  return (claims) => {
    const seen = toCel(claims);
    const run = (program: Program): unknown => fromCel(program.run({ claims: seen }));
    const user: UserInfo = {
      name: programs.username ? nameBy(run, programs.username) : nameOf(claims, username),
      groups: programs.groups ? strings(failing('group claim expression', () => run(programs.groups!)), 'group claim expression') : groupsOf(claims, groups),
    };
    const id = programs.uid ? text(failing('uid claim expression', () => run(programs.uid!)), 'uid claim expression') : uid.claim ? String(claims[uid.claim] ?? '') : '';
    if (id) user.uid = id;
    const found: Record<string, string[]> = typeof claims['jti'] === 'string' && claims['jti'] ? { [CREDENTIAL_ID]: [`JTI=${claims['jti']}`] } : {};
    for (const { key, expression, program } of extras) {
      const values = strings(failing('extra claim expression', () => run(program)), `extra claim expression: ${expression}`);
      if (values.length > 0) found[key] = values;
    }
    if (Object.keys(found).length > 0) user.extra = found;
    for (const { claim, requiredValue = '', program, expression, message } of rules) {
      if (claim) checkRequired(claims, claim, requiredValue);
      if (program) mustHold(() => run(program), expression ?? '', message, 'claim validation expression');
    }
    const shown = { username: user.name, uid: user.uid ?? '', groups: user.groups, extra: user.extra ?? {} };
    for (const { expression, message, program } of userRules) mustHold(() => program.run({ user: toCel(shown) }), expression, message, 'user info validation rule');
    return user;
  };
}

function compiled(environment: ReturnType<typeof createEnvironment>, expression: string): Program {
  try {
    return compile(environment, expression);
  } catch (error) {
    throw new Error(`${expression}: ${(error as Error).message}`);
  }
}

function failing<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`oidc: error evaluating ${what}: ${(error as Error).message}`);
  }
}

function mustHold(run: () => unknown, expression: string, message: string | undefined, what: string): void {
  failing(what, () => {
    if (run() !== true) throw new Error(`validation expression '${expression}' failed${message ? `: ${message}` : ''}`);
  });
}

function nameBy(run: (program: Program) => unknown, program: Program): string {
  const name = text(failing('username claim expression', () => run(program)), 'username claim expression');
  if (name === '') throw new Error('oidc: empty username via CEL expression is not allowed');
  return name;
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new Error(`oidc: error evaluating ${what}: ${what} must return a string`);
  return value;
}

/** A string or a list of strings; nothing, an empty string and an empty list are none. */
function strings(value: unknown, what: string): string[] {
  if (value === null || value === undefined || value === '') return [];
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) throw new Error(`oidc: error evaluating ${what}: expected string or list of strings`);
  return (value as string[]).filter((item) => item !== '');
}

function nameOf(claims: Claims, { claim = 'sub', prefix = '' }: PrefixedClaimOrExpression): string {
  const value = claims[claim];
  if (value === undefined) throw new Error(`oidc: parse username claims ${JSON.stringify(claim)}: claim not present`);
  if (typeof value !== 'string') throw new Error(`oidc: parse username claims ${JSON.stringify(claim)}: the claim is no string`);
  if (claim === 'email' && claims['email_verified'] !== undefined) {
    if (typeof claims['email_verified'] !== 'boolean') throw new Error('oidc: parse \'email_verified\' claim: it is no boolean');
    if (!claims['email_verified']) throw new Error('oidc: email not verified');
  }
  return prefix + value;
}

function groupsOf(claims: Claims, { claim, prefix = '' }: PrefixedClaimOrExpression): string[] {
  const value = claim === undefined ? undefined : claims[claim];
  if (value === undefined) return [];
  const groups = [value].flat();
  if (groups.some((group) => typeof group !== 'string')) throw new Error(`oidc: parse groups claim ${JSON.stringify(claim)}: json: cannot unmarshal into a list of strings`);
  return (groups as string[]).map((group) => prefix + group);
}

function checkRequired(claims: Claims, claim: string, wanted: string): void {
  const value = claims[claim];
  if (value === undefined) throw new Error(`oidc: required claim ${claim} not present in ID token`);
  if (typeof value !== 'string') throw new Error(`oidc: parse claim ${claim}: it is no string`);
  if (value !== wanted) throw new Error(`oidc: required claim ${claim} value does not match. Got = ${value}, want = ${wanted}`);
}
