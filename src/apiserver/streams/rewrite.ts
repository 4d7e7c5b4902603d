/** Makes what a proxied server says of its own URLs fit the path under which it is proxied. Pure. */
export interface ProxyPlace {
  /** The path that stands before the server's own: `/api/v1/namespaces/default/pods/web/proxy`. */
  prefix: string;
  /** `host:port` of the proxied server, and of us as the client named us. */
  targetHost: string;
  clientHost: string;
}

/** A URL that points at the proxied server or is absolute in path gets the prefix; others stay. */
export function rewriteUrl(text: string, { prefix, targetHost, clientHost }: ProxyPlace): string {
  const match = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(.*)$/s.exec(text);
  if (!match) return text;
  const [, scheme, host, path = '', rest = ''] = match;
  if (host && host !== targetHost && host !== clientHost) return text;
  if (!path.startsWith('/') || (scheme && !host)) return text;
  if (path.startsWith(prefix)) return path + rest;
  return prefix + path + rest;
}

const LINK_ATTRIBUTES = 'href|src|action|cite|data|background|poster|longdesc|usemap|codebase|formaction|icon|manifest|profile|classid';
const TAGS = /<[a-zA-Z](?:[^>"']|"[^"]*"|'[^']*')*>/g;
const ATTRIBUTE = new RegExp(`(\\s(?:${LINK_ATTRIBUTES})\\s*=\\s*)(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'gi');

/** Rewrites the links in a page's tags; everything else stays as it is. */
export function rewriteHtml(html: string, place: ProxyPlace): string {
  return html.replace(TAGS, (tag) => tag.replace(ATTRIBUTE, (_whole, head: string, double?: string, single?: string, bare?: string) => {
    return `${head}"${rewriteUrl(double ?? single ?? bare ?? '', place)}"`;
  }));
}
