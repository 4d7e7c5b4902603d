export function pascal(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `RbacAuthorization` of `rbac.authorization.k8s.io`, `Core` of the group without a name. */
export function groupName(group: string): string {
  return group === '' ? 'Core' : group.replace(/\.k8s\.io$/, '').split('.').map(pascal).join('');
}

/** `rbacAuthorization_v1`, under which generated clients put what a version has. */
export function tagOf({ group, version }: { group: string; version: string }): string {
  return `${groupTag(group)}_${version}`;
}
export function groupTag(group: string): string {
  const name = groupName(group);
  return name.charAt(0).toLowerCase() + name.slice(1);
}
