import { ImagePullError } from '../runtime.ts';

/** An image's name, normalised as Docker does. */
export interface ImageReference {
  /** `docker.io`, `localhost:5000`, `registry.example:443`. */
  domain: string;
  /** `library/nginx`. */
  path: string;
  /** `domain/path`. */
  name: string;
  /** `latest` when neither tag nor digest was given; absent with a digest alone. */
  tag?: string;
  /** `sha256:...` */
  digest?: string;
}

const DOMAIN = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::\d+)?$/;
const PATH_PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const NAME_LIMIT = 255;

/** Throws ImagePullError `InvalidImageName`. */
export function parseReference(text: string): ImageReference {
  const invalid = (): never => { throw new ImagePullError('InvalidImageName', `couldn't parse image name "${text}": invalid reference format`); };
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !DIGEST.test(digest)) invalid();
  let rest = at < 0 ? text : text.slice(0, at);
  const colon = rest.lastIndexOf(':');
  let tag: string | undefined;
  if (colon > rest.lastIndexOf('/')) {
    tag = rest.slice(colon + 1);
    rest = rest.slice(0, colon);
    if (!TAG.test(tag)) invalid();
  }
  const slash = rest.indexOf('/');
  const first = slash < 0 ? '' : rest.slice(0, slash);
  const hasDomain = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  let domain = hasDomain ? first : 'docker.io';
  let path = hasDomain ? rest.slice(slash + 1) : rest;
  if (domain === 'index.docker.io') domain = 'docker.io';
  if (domain === 'docker.io' && !path.includes('/')) path = `library/${path}`;
  if (!DOMAIN.test(domain) || !path.split('/').every((part) => PATH_PART.test(part)) || `${domain}/${path}`.length > NAME_LIMIT) invalid();
  const name = `${domain}/${path}`;
  if (tag === undefined && digest === undefined) tag = 'latest';
  return { domain, path, name, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** `domain/path:tag`, as an image list shows it. */
export function tagName(reference: ImageReference): string | undefined {
  return reference.tag === undefined ? undefined : `${reference.name}:${reference.tag}`;
}
export function digestName(name: string, digest: string): string {
  return `${name}@${digest}`;
}
