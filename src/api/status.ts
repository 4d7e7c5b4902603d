/** Errors of the API: the `Status` object that Kubernetes answers with, as an exception. */
export interface StatusCause { reason?: string; message?: string; field?: string }
export interface StatusDetails {
  name?: string; group?: string; kind?: string; uid?: string; causes?: StatusCause[]; retryAfterSeconds?: number;
}
export interface Status {
  kind: 'Status'; apiVersion: 'v1'; metadata: Record<string, unknown>;
  status: 'Success' | 'Failure'; message?: string; reason?: string; details?: StatusDetails; code?: number;
}

export class StatusError extends Error {
  override name = 'StatusError';
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
  toStatus(): Status {
    return {
      kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: this.message,
      ...(this.reason ? { reason: this.reason } : {}),
      ...(this.details ? { details: this.details } : {}), code: this.code,
    };
  }
}

/** `pods` or `deployments.apps`, as Kubernetes writes a resource in its messages. */
export function qualifiedResource(group: string, resource: string): string {
  return group ? `${resource}.${group}` : resource;
}

export function notFound(group: string, resource: string, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${qualifiedResource(group, resource)} "${name}" not found`, { name, group: group || undefined, kind: resource });
}
export function alreadyExists(group: string, resource: string, name: string): StatusError {
  return new StatusError(409, 'AlreadyExists', `${qualifiedResource(group, resource)} "${name}" already exists`, { name, group: group || undefined, kind: resource });
}
export function conflict(group: string, resource: string, name: string, message: string): StatusError {
  return new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${qualifiedResource(group, resource)} "${name}": ${message}`, { name, group: group || undefined, kind: resource });
}
export function forbidden(group: string, resource: string, name: string, message: string): StatusError {
  return new StatusError(403, 'Forbidden', `${qualifiedResource(group, resource)}${name ? ` "${name}"` : ''} is forbidden: ${message}`, { ...(name ? { name } : {}), group: group || undefined, kind: resource });
}
export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}
export function internalError(message: string): StatusError {
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}

/** One finding of validation; `type` is the reason in the Status causes (FieldValueRequired, FieldValueInvalid, ...). */
export interface FieldError {
  type: 'FieldValueRequired' | 'FieldValueInvalid' | 'FieldValueNotSupported' | 'FieldValueDuplicate' | 'FieldValueForbidden'
    | 'FieldValueTooLong' | 'FieldValueTooMany' | 'FieldValueNotFound' | 'FieldValueTypeInvalid' | 'InternalError';
  /** Path such as `spec.containers[0].ports[1].containerPort`. */
  field: string;
  /** The whole sentence without the path, as upstream words it: `Invalid value: 0: must be between 1 and 65535, inclusive`. */
  detail: string;
}

/** 422 with one cause a finding. `kind` is the object's kind, not the resource. */
export function invalid(group: string, kind: string, name: string, errors: FieldError[]): StatusError {
  // What is found twice is told once.
  const told = [...new Map(errors.map((error) => [`${error.type} ${error.field} ${error.detail}`, error])).values()];
  const texts = told.map((error) => `${error.field}: ${error.detail}`);
  const joined = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const qualified = group ? `${kind}.${group}` : kind;
  return new StatusError(422, 'Invalid', `${qualified} "${name}" is invalid: ${joined}`, {
    name: name || undefined, group: group || undefined, kind: kind || undefined, causes: told.map(({ type, field, detail }) => ({ reason: type, message: detail, field })),
  });
}
