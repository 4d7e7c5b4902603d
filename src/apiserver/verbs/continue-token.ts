import { parseJson } from '../../api/codec/json-text.ts';
import { badRequest } from '../../api/status.ts';

/** Where the next page of a list starts, opaque to clients: upstream's form, so that its tools can read it. */
export interface ContinueToken {
  /** The revision all pages show; -1 for whatever is newest. */
  revision: number;
  /** The last key of the page before, without the resource's prefix. */
  lastKey: string;
}

export function encodeContinue(token: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: token.revision, start: `${token.lastKey}\u0000` })).toString('base64url');
}

export function decodeContinue(text: string): ContinueToken {
  const odd = /[^A-Za-z0-9_-]/.exec(text);
  const broken = odd?.index ?? (text.length % 4 === 1 ? text.length - 1 : undefined);
  if (broken !== undefined) throw badRequest(`invalid continue token: continue key is not valid: illegal base64 data at input byte ${broken}`);
  let token: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    token = parseJson(Buffer.from(text, 'base64url').toString()) as typeof token;
  } catch (error) {
    throw badRequest(`invalid continue token: continue key is not valid: ${(error as Error).message}`);
  }
  if (token.v !== 'meta.k8s.io/v1') throw badRequest(`invalid continue token: continue key is not valid: server does not recognize this encoded version ${String(token.v ?? '')}`);
  if (typeof token.rv !== 'number' || token.rv === 0) throw badRequest('invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof token.start !== 'string' || token.start === '') throw badRequest('invalid continue token: continue key is not valid: encoded start key empty (version meta.k8s.io/v1)');
  const lastKey = token.start.replace(/^\//, '').replace(/\0$/, '');
  if (lastKey.split('/').some((part) => part === '..' || part === '.')) throw badRequest(`invalid continue token: continue key is not valid: ${lastKey}`);
  return { revision: token.rv, lastKey };
}
