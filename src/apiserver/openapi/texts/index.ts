import { METADATA_DESCRIPTIONS } from '../descriptions.ts';
import type { Words } from '../schema-writer.ts';
import { ACCESS } from './access.ts';
import { ADMISSION } from './admission.ts';
import { COMMON } from './common.ts';
import { CONTAINERS } from './containers.ts';
import { DEFINITIONS } from './definitions.ts';
import { DEVICES } from './devices.ts';
import { NETWORK } from './network.ts';
import { POD } from './pod.ts';
import { REVIEWS } from './reviews.ts';
import { SCALING } from './scaling.ts';
import { STORAGE } from './storage.ts';
import { VOLUMES } from './volumes.ts';
import { WORKLOADS } from './workloads.ts';

const TEXTS = [COMMON, POD, CONTAINERS, VOLUMES, STORAGE, WORKLOADS, NETWORK, ACCESS, SCALING, DEFINITIONS, ADMISSION, REVIEWS, DEVICES];
const PREFIX = /^io\.k8s\.(?:api|apimachinery\.pkg\.apis|(?:apiextensions-apiserver|kube-aggregator)\.pkg\.apis)\./;
/** Types whose fields mean what those of another type do. */
const ALIKE: Record<string, string> = { 'core.v1.EphemeralContainer': 'core.v1.Container', 'core.v1.PersistentVolumeSpec': 'core.v1.Volume' };
const CONDITION = 'meta.v1.Condition', ANYWHERE = '*';

interface TypeWords { description: string; fields: Map<string, string> }

/** What the texts of this folder tell of types and their fields. */
export function readWords(): Words {
  const types = parseTexts(TEXTS);
  // What is said of one version counts for the others too.
  const versionless = new Map([...types].map(([name, words]) => [withoutVersion(name), words]));
  const find = (name: string): TypeWords | undefined => types.get(name) ?? versionless.get(withoutVersion(name));
  const metadata = types.get('meta.v1.ObjectMeta');
  for (const [field, text] of Object.entries(METADATA_DESCRIPTIONS)) metadata?.fields.set(field, text);
  return {
    ofType: (name) => (find(name.replace(PREFIX, '')) ?? (name.endsWith('Condition') ? find(CONDITION) : undefined))?.description,
    ofField(name, field) {
      const short = name.replace(PREFIX, '');
      for (const type of [short, ALIKE[short], short.endsWith('Condition') ? CONDITION : undefined, ANYWHERE]) {
        const text = type === undefined ? undefined : find(type)?.fields.get(field);
        if (text !== undefined) return text;
      }
      return undefined;
    },
  };
}

function withoutVersion(name: string): string {
  return name.replace(/\.v\d\w*\./, '.');
}

/** A line `TYPE: words`, then a line `  FIELD: words` each; throws Error for others and for what comes twice. */
export function parseTexts(texts: string[]): Map<string, TypeWords> {
  const types = new Map<string, TypeWords>();
  let current: TypeWords | undefined;
  for (const line of texts.flatMap((text) => text.split('\n')).filter(Boolean)) {
    const colon = line.indexOf(': ');
    const name = line.slice(0, colon).trim(), words = line.slice(colon + 2);
    if (colon < 1 || !words) throw new Error(`a description is wanted: ${line}`);
    if (line.startsWith('  ')) {
      if (!current || current.fields.has(name)) throw new Error(`a field outside of a type or for the second time: ${line}`);
      current.fields.set(name, words);
    } else {
      if (types.has(name)) throw new Error(`a type for the second time: ${line}`);
      types.set(name, (current = { description: words, fields: new Map() }));
    }
  }
  return types;
}
