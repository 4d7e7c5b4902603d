import { badRequest } from '../../api/status.ts';
import type { RequestInfo } from '../contracts.ts';

const VERB_OF_METHOD: Record<string, string> = { POST: 'create', GET: 'get', HEAD: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
/** What may stand behind `/namespaces/<name>/` and is no resource of that namespace. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

/** A proxy's client names the whole URL. */
const ORIGIN = /^https?:\/\/[^/?]*/i;

/** Parameters with a broken escape or a semicolon are as if they were not there. */
function readable(query: string): string {
  if (!/%(?![0-9a-f]{2})|;/i.test(query)) return query;
  return query.split('&').filter((pair) => !/%(?![0-9a-f]{2})|;/i.test(pair)).join('&');
}

/** Says what a request is about, from its method and URL alone. Path segments are percent-decoded. */
export function parseRequestInfo(method: string, target: string): RequestInfo {
  const url = target.startsWith('/') ? target : target.replace(ORIGIN, '') || '/';
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const info: RequestInfo = {
    method, path, query: new URLSearchParams(mark < 0 ? '' : readable(url.slice(mark + 1))), isResourceRequest: false, verb: method.toLowerCase(),
    apiPrefix: '', group: '', version: '', resource: '', subresource: '', namespace: '', name: '', subpath: '',
  };
  let parts = splitPath(path);
  if (parts.length < 3 || (parts[0] !== 'api' && parts[0] !== 'apis')) return info;
  info.apiPrefix = parts[0];
  parts = parts.slice(1);
  if (info.apiPrefix === 'apis') {
    if (parts.length < 3) return info;
    info.group = parts[0] as string;
    parts = parts.slice(1);
  }
  info.isResourceRequest = true;
  info.version = parts[0] as string;
  parts = parts.slice(1);

  if (parts[0] === 'watch' || parts[0] === 'proxy') {
    if (parts.length < 2) throw badRequest(`unable to determine kind and namespace from url, ${url}`);
    info.verb = parts[0];
    parts = parts.slice(1);
  } else {
    info.verb = VERB_OF_METHOD[method] ?? '';
  }
  if (parts[0] === 'namespaces' && parts.length > 1) {
    info.namespace = parts[1] as string;
    if (parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2] as string)) parts = parts.slice(2);
  }
  info.resource = parts[0] ?? '';
  info.name = parts[1] ?? '';
  if (info.verb !== 'proxy') info.subresource = parts[2] ?? '';
  if (parts.length > 3) info.subpath = rawSubpath(path, parts.length - 3);
  refineVerb(info);
  return info;
}

/** GET without a name is list or watch, DELETE without one deletecollection; a list of one name is asked as that name. */
function refineVerb(info: RequestInfo): void {
  if (info.verb === 'get' && !info.name) {
    info.verb = isTrue(info.query.get('watch')) ? 'watch' : 'list';
    const exact = /(?:^|,)metadata\.name==?([^,]+)(?:,|$)/.exec(info.query.get('fieldSelector') ?? '');
    if (exact && !/[/%]/.test(exact[1] as string)) info.name = exact[1] as string;
  } else if (info.verb === 'delete' && !info.name) {
    info.verb = 'deletecollection';
  }
}

/** A boolean query parameter, as Go's clients write it: present and neither `false` nor `0`. */
export function isTrue(value: string | null): boolean {
  return value !== null && value.toLowerCase() !== 'false' && value !== '0';
}

/** An escaped slash is a slash: the path is decoded before it is taken apart, as upstream does. */
function splitPath(path: string): string[] {
  const trimmed = (path.includes('%') ? decodePath(path) : path).replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? [] : trimmed.split('/');
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    const broken = /%(?![0-9a-f]{2}).{0,2}/i.exec(path);
    if (broken) throw badRequest(`invalid URL escape ${JSON.stringify(broken[0])}`);
    // Escapes that are no UTF-8.
    return Buffer.from(path.replace(/[^\x00-\x7f]+/g, encodeURIComponent).replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString();
  }
}

/** The last `count` segments exactly as the client wrote them, with a trailing slash where there was one. */
function rawSubpath(path: string, count: number): string {
  const trailing = path.endsWith('/') ? '/' : '';
  return path.replace(/\/+$/, '').split('/').slice(-count).join('/') + trailing;
}
