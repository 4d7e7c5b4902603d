/** URLs as Go's parser takes them apart: it takes more than the standard's, and has words of its own for what it refuses. */
export interface GoUrl { scheme: string; host: string; user: string | undefined; query: string; fragment: string }

const quoted = (text: string): string => JSON.stringify(text);

function badEscape(text: string): string | undefined {
  const found = /%(?![0-9a-fA-F]{2})/.exec(text);
  return found ? `invalid URL escape ${quoted(text.slice(found.index, found.index + 3))}` : undefined;
}

/** `[scheme, the rest]`; a fault when it begins with a colon. */
function withoutScheme(text: string): [string, string] | undefined {
  const colon = /^([a-zA-Z][a-zA-Z0-9+.-]*)?:/.exec(text);
  if (!colon) return ['', text];
  return colon[1] === undefined ? undefined : [colon[1].toLowerCase(), text.slice(colon[0].length)];
}

function readAuthority(authority: string): { host: string; user: string | undefined } | string {
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  const odd = /[^a-zA-Z0-9\-._~!$&'()*+,;=:[\]<>"%\u0080-\uffff]/.exec(host);
  if (odd) return `invalid character ${quoted(odd[0])} in host name`;
  const port = /^(?:\[.*\]|[^:]*):(.*)$/.exec(host)?.[1];
  if (port !== undefined && !/^\d*$/.test(port)) return `invalid port ${quoted(`:${port}`)} after host`;
  return { host, user: at < 0 ? undefined : authority.slice(0, at) };
}

/** The parts, or what is wrong: `parse "50%": invalid URL escape "%"`. */
export function parseGoUrl(text: string): GoUrl | string {
  const fault = (message: string): string => `parse ${quoted(text)}: ${message}`;
  // eslint-disable-next-line no-control-regex
  if (/[\x00-\x1f\x7f]/.test(text)) return fault('net/url: invalid control character in URL');
  const [before = '', ...fragments] = text.split('#');
  const parts = withoutScheme(before);
  if (!parts) return fault('missing protocol scheme');
  const [scheme, rest] = parts;
  const [path = '', ...queries] = rest.split('?');
  const authority = /^\/\/([^/]*)/.exec(path)?.[1];
  const bare = authority === undefined ? path : path.slice(authority.length + 2);
  if (scheme === '' && authority === undefined && /^[^/]*:/.test(bare)) return fault('first path segment in URL cannot contain colon');
  const read = authority === undefined ? { host: '', user: undefined } : readAuthority(authority);
  const wrong = typeof read === 'string' ? read : badEscape(`${authority ?? ''}`) ?? badEscape(bare) ?? badEscape(fragments.join('#'));
  if (wrong !== undefined || typeof read === 'string') return fault(wrong ?? '');
  return { scheme, ...read, query: queries.join('?'), fragment: fragments.join('#') };
}
