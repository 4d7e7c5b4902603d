import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { node, pod, world } from '../testing/objects.ts';
import type { Cluster } from './cluster.ts';
import { PodInfo } from './pod-info.ts';

/** A small generator of repeatable numbers in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** All that a cluster derives, in a form that can be compared. */
function derived(cluster: Cluster): unknown {
  return {
    nodes: cluster.nodes.map((info) => [
      info.name, [...info.pods.keys()].sort(), [...info.requested].filter(([, value]) => value !== 0).sort(),
      [...info.podsByNamespace.keys()].sort(), info.podsWithTerms.size, [80, 81].map((port) => info.portInUse({ protocol: 'TCP', hostIP: '0.0.0.0', port })),
    ]).sort(),
    withTerms: [...cluster.nodesWithTerms].map((info) => info.name).sort(),
    claims: [...cluster.claimUsers].map(([claim, users]) => [claim, [...users].sort()]).sort(),
    images: [...cluster.imageNodes].sort(),
  };
}

describe('the state of the cluster', () => {
  it('is after any changes what it would be when built anew', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seeded(seed);
      const pick = (count: number): number => Math.floor(random() * count);
      const cluster = world({});
      const nodes = new Map<string, ReturnType<typeof node>>();
      const pods = new Map<string, { info: PodInfo; on: string }>();
      for (let step = 0; step < 200; step++) {
        const name = `n${pick(4)}`;
        const key = `p${pick(10)}`;
        const action = random();
        if (action < 0.2) {
          const made = node(name, { images: pick(2) ? [[`image${pick(3)}`, 1000]] : [] });
          nodes.set(name, made);
          cluster.setNode(made);
        } else if (action < 0.3) {
          nodes.delete(name);
          cluster.removeNode(name);
        } else if (action < 0.75) {
          const antiAffinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'x', labelSelector: {} }] } };
          const info = new PodInfo(pod(key, {
            namespace: `s${pick(2)}`, requests: { cpu: `${pick(5)}` }, containers: pick(2) ? [{ ports: [{ containerPort: 1, hostPort: 80 + pick(2) }] }] : [{}],
            spec: { ...(pick(2) ? { affinity: antiAffinity } : {}), volumes: pick(2) ? [{ name: 'v', persistentVolumeClaim: { claimName: `c${pick(2)}` } }] : [] },
          }));
          pods.set(info.key, { info, on: name });
          cluster.addPod(info, name);
        } else {
          const all = [...pods.keys()];
          const gone = all[pick(all.length)];
          if (gone === undefined) continue;
          pods.delete(gone);
          cluster.removePod(gone);
        }
      }
      const anew = world({ nodes: [...nodes.values()] });
      for (const { info, on } of pods.values()) anew.addPod(info, on);
      assert.deepEqual(derived(cluster), derived(anew), `seed ${seed}`);
    }
  });
});
