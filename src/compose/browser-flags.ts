import type { BrowserAccess } from '../apiserver/http/browser-headers.ts';
import type { ApiServerFlagValues } from '../cluster/api-server-flags.ts';

const HSTS = 'strict-transport-security-directives', CORS = 'cors-allowed-origins';
const ORIGINS_HELP = 'origins by comma, each a regular expression that pins the host: //localhost(:|$) or ^https://console.example.com$';

/** Reads both flags; throws Error for what no browser could be told. */
export async function readBrowserFlags(values: ApiServerFlagValues): Promise<BrowserAccess | undefined> {
  const directives = values[HSTS]?.split(','), origins = values[CORS]?.split(',');
  if (!directives && !origins) return undefined;
  for (const directive of directives ?? []) {
    if (directive.trim() === '') throw new Error(`empty value in ${HSTS}`);
    if (!/^(includeSubDomains|preload|max-age=[^=]*)$/.test(directive)) throw new Error(`--${HSTS} invalid, allowed values: max-age=expireTime, includeSubDomains, preload`);
  }
  return { ...(directives ? { transportSecurity: directives.join('; ') } : {}), ...(origins ? { allowsOrigin: await originCheck(origins) } : {}) };
}

async function originCheck(origins: string[]): Promise<(origin: string) => boolean> {
  const { regularExpression } = await import('../cel/regular-expression.ts');
  const patterns = origins.map((pattern) => {
    if (pattern === '') throw new Error(`empty value in --${CORS}, help: ${ORIGINS_HELP}`);
    // An expression that only lies somewhere in the origin would also let in a host that has it in its name.
    if (!/\^|\/\//.test(pattern) || !/[$:]/.test(pattern)) throw new Error(`--${CORS} has an invalid regular expression: regular expression does not pin to start/end of host in the origin header, help: ${ORIGINS_HELP}`);
    try {
      return regularExpression(pattern);
    } catch (error) {
      throw new Error(`--${CORS} has an invalid regular expression: ${(error as Error).message}, help: ${ORIGINS_HELP}`);
    }
  });
  return (origin) => patterns.some((pattern) => pattern.matcher(origin).find());
}
