import { StatusError } from '../../api/status.ts';
import type { AuthorizationAttributes } from '../contracts.ts';

const quote = (text: string): string => JSON.stringify(text);
/** Messages must not look like HTML to a browser. */
const sanitize = (text: string): string => text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character]!);

function describe({ user, isResourceRequest, verb, path, resource, subresource, group, namespace }: AuthorizationAttributes): string {
  if (!isResourceRequest) return `User ${quote(user.name)} cannot ${verb} path ${quote(path)}`;
  const what = subresource ? `${resource}/${subresource}` : resource;
  const where = namespace ? `in the namespace ${quote(namespace)}` : 'at the cluster scope';
  return `User ${quote(user.name)} cannot ${verb} resource ${quote(what)} in API group ${quote(group)} ${where}`;
}

/** The 403 that answers a request no authorizer allowed. `reason` is the decision's. */
export function authorizationError(attributes: AuthorizationAttributes, reason = ''): StatusError {
  const text = sanitize(describe(attributes)) + (reason ? `: ${reason}` : '');
  const { resource, group, name, isResourceRequest } = attributes;
  if (!isResourceRequest) return new StatusError(403, 'Forbidden', `forbidden: ${text}`, {});
  const qualified = group ? `${resource}.${group}` : resource;
  return new StatusError(403, 'Forbidden', `${qualified}${name ? ` ${quote(name)}` : ''} is forbidden: ${text}`, {
    ...(name ? { name } : {}), ...(group ? { group } : {}), kind: resource,
  });
}
