import { sameJson } from '../metadata/equal.ts';
import { combinedTrust, extensionAuthentication, type ExtensionTrust } from '../authn/front-proxy.ts';
import type { ServerContext } from '../context.ts';
import { follow } from '../registry/follow.ts';
import { ensureAsServer, updateAsServer } from './as-server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/kube-system/configmaps';
const AGAIN_MILLISECONDS = 1000;

export interface TrustKeeper {
  /** To be called when what is trusted has changed. */
  look(): void;
  stop(): void;
}

/** Keeps the ConfigMap that tells extension API servers whom to trust: makes it anew when it is deleted, mends it when it is edited. */
export async function keepExtensionTrust(context: ServerContext, trust: () => ExtensionTrust): Promise<TrustKeeper> {
  let running = false, again = false, stopped = false;
  const mend = async (): Promise<void> => {
    const wanted = extensionAuthentication(trust());
    const name = wanted.metadata?.name ?? '', data = combinedTrust({}, wanted['data'] as Record<string, string>, context.clock.now());
    const present = context.objects.get('', 'configmaps', 'kube-system', name);
    if (!present) return ensureAsServer(context, CONFIG_MAPS, { ...wanted, data });
    const combined = (old: unknown): Record<string, string> => combinedTrust((old ?? {}) as Record<string, string>, data, context.clock.now());
    if (!sameJson(present['data'], combined(present['data']))) await updateAsServer(context, `${CONFIG_MAPS}/${name}`, 'kube-apiserver', (old) => ({ ...old, data: combined(old['data']) }));
  };
  const look = (): void => {
    again = true;
    if (running || stopped) return;
    running = true;
    void (async () => {
      while (again && !stopped) {
        again = false;
        await mend();
      }
    })().catch((error: unknown) => {
      context.log.warn('the extension servers\' ConfigMap could not be written', { error });
      context.clock.after(AGAIN_MILLISECONDS, look);
    }).finally(() => { running = false; if (again) look(); });
  };
  const ours = (object: { metadata?: { name?: string; namespace?: string } }): void => {
    if (object.metadata?.name === 'extension-apiserver-authentication' && object.metadata.namespace === 'kube-system') look();
  };
  await mend();
  const stopFollowing = await follow(context, { group: '', resource: 'configmaps' }, { changed: ours, gone: ours });
  return {
    look,
    stop() {
      stopped = true;
      stopFollowing();
    },
  };
}
