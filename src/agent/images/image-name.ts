const NAME = /^(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::\d+)?|\[[0-9a-fA-F:]+\](?::\d+)?)\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$/;

/** Why this is no image name; undefined when it is one. */
export function imageNameProblem(image: string): string | undefined {
  if (NAME.test(image)) return undefined;
  const repository = image.split('@')[0] ?? '';
  const reason = /[A-Z]/.test(repository.replace(/:[^/]*$/, '')) && NAME.test(image.toLowerCase())
    ? 'repository name must be lowercase' : 'invalid reference format';
  return `couldn't parse image name "${image}": ${reason}`;
}

/** Host (with port) and path of an image's repository: `docker.io`, `library/nginx`. */
export function repositoryOf(image: string): { registry: string; path: string } {
  const bare = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const slash = bare.indexOf('/');
  const first = slash < 0 ? '' : bare.slice(0, slash);
  if (first.includes('.') || first.includes(':') || first === 'localhost') return { registry: first, path: bare.slice(slash + 1) };
  return { registry: 'docker.io', path: slash < 0 ? `library/${bare}` : bare };
}
