import type { KubernetesObject } from '../../api/object.ts';
import { notFound } from '../../api/status.ts';
import type { ServerContext } from '../context.ts';
import type { Answer, Call } from '../request/call.ts';
import { detached } from '../registry/object-store.ts';

/** Long deprecated upstream, still asked for by old tools. All parts live in this process: they are as healthy as the answer. */
const COMPONENTS = ['controller-manager', 'scheduler', 'etcd-0'];

function componentStatus(name: string): KubernetesObject {
  return { kind: 'ComponentStatus', apiVersion: 'v1', metadata: { name }, conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }] };
}

export async function componentStatusVerb(_context: ServerContext, call: Call): Promise<Answer> {
  call.warnings.push('v1 ComponentStatus is deprecated in v1.19+');
  if (call.info.verb === 'list') return { type: 'list', items: COMPONENTS.map((name) => detached(name, componentStatus(name), 0)), metadata: {} };
  if (!COMPONENTS.includes(call.info.name)) throw notFound('', 'componentstatus', call.info.name);
  return { type: 'object', code: 200, object: componentStatus(call.info.name) };
}
