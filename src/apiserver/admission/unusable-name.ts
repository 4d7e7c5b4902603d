import { pathSegment } from '../../api/kinds/common/formats.ts';

/** Why upstream's own client does not even ask for an object of this name; undefined for a name that can stand in a path. */
export function unusableName(name: string): string | undefined {
  if (name === '') return 'resource name may not be empty';
  const wrong = pathSegment(name);
  return wrong.length > 0 ? `invalid resource name ${JSON.stringify(name)}: [${wrong.join(' ')}]` : undefined;
}
