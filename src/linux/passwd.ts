/** Users and groups as an image's own /etc/passwd and /etc/group name them. Pure: the texts come in, the numbers go out. */
export interface PasswdEntry { name: string; uid: number; gid: number; home: string }
export interface GroupEntry { name: string; gid: number; members: string[] }

export function parsePasswd(text: string): PasswdEntry[] {
  return rows(text).flatMap(([name, , uid, gid, , home]) =>
    name && isNumber(uid) && isNumber(gid) ? [{ name, uid: Number(uid), gid: Number(gid), home: home || '/' }] : []);
}
export function parseGroup(text: string): GroupEntry[] {
  return rows(text).flatMap(([name, , gid, members]) =>
    name && isNumber(gid) ? [{ name, gid: Number(gid), members: (members ?? '').split(',').filter(Boolean) }] : []);
}
function rows(text: string): string[][] {
  return text.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => line.split(':'));
}
function isNumber(text: string | undefined): boolean {
  return /^\d+$/.test(text ?? '');
}

export interface ResolvedUser { uid: number; gid: number; additionalGroups: number[]; home: string }

/**
 * `user` as an image or a pod writes it: `name`, `uid`, `name:group`, `uid:gid`, or empty for root. A name that the image does not
 * know throws; a number need not be known. `additionalGroups` are the image's groups that list the user.
 */
export function resolveUser(user: string, passwd: PasswdEntry[], groups: GroupEntry[]): ResolvedUser {
  const [userPart = '', groupPart] = user.split(':');
  const wanted = userPart || '0';
  const entry = passwd.find((candidate) => candidate.name === wanted) ??
    (isNumber(wanted) ? passwd.find((candidate) => candidate.uid === Number(wanted)) : undefined);
  if (!entry && !isNumber(wanted)) throw new Error(`unable to find user ${wanted}: no matching entries in passwd file`);
  const uid = entry?.uid ?? Number(wanted);
  let gid = entry?.gid ?? 0;
  if (groupPart) {
    const group = groups.find((candidate) => candidate.name === groupPart);
    if (!group && !isNumber(groupPart)) throw new Error(`unable to find group ${groupPart}: no matching entries in group file`);
    gid = group?.gid ?? Number(groupPart);
  }
  const additionalGroups = entry ? groups.filter((group) => group.members.includes(entry.name)).map((group) => group.gid) : [];
  return { uid, gid, additionalGroups, home: entry?.home ?? '/' };
}
