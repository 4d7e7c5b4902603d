import { readFileSync } from 'node:fs';
import type { UserInfo } from '../contracts.ts';
import type { TokenAuthenticator } from './service-account-tokens.ts';

/** Fixed tokens of a file, one a line: `token,user,uid,"group1,group2"`. Throws Error that names a line that is no good. */
export function createTokenFile(path: string, apiAudiences: string[]): TokenAuthenticator {
  const users = new Map<string, UserInfo>();
  readFileSync(path, 'utf8').split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '') return;
    const [token = '', name, uid, groups] = splitRecord(line);
    if (name === undefined || uid === undefined) throw new Error(`token file '${path}' must have at least 3 columns (token, user name, user uid), line ${index + 1}`);
    if (token === '') return;
    users.set(token, { name, groups: groups ? groups.split(',') : [], ...(uid ? { uid } : {}) });
  });
  return {
    async authenticate(token) {
      const user = users.get(token);
      return user && { user, audiences: apiAudiences };
    },
  };
}

/** The fields of a line of comma-separated values; quotes within quotes stand twice. */
function splitRecord(line: string): string[] {
  return [...line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => (quoted === undefined ? plain ?? '' : quoted.replaceAll('""', '"')));
}
