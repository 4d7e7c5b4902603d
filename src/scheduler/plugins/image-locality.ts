import { MAX_SCORE, type ScorePlugin } from '../framework/plugin.ts';
import { normalizedImageName } from '../state/node-info.ts';

const MEBIBYTE = 1024 * 1024;
/** Sizes between which the score grows: what images usually have. */
const SMALLEST = 23 * MEBIBYTE;
const LARGEST_A_CONTAINER = 1000 * MEBIBYTE;

/**
 * Prefers nodes that have the pod's images. An image counts by its size and by the share of nodes that have it, so that one
 * node does not draw all pods of an image to itself.
 */
export const imageLocality: ScorePlugin = {
  name: 'ImageLocality',
  label: 'images',
  weight: 1,
  prepare({ pod }, cluster) {
    const spec = pod.spec;
    const images: string[] = [];
    for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) images.push(normalizedImageName(container.image ?? ''));
    for (const volume of spec?.volumes ?? []) if (volume.image) images.push(normalizedImageName(volume.image.reference ?? ''));
    if (!images.some((image) => cluster.imageNodes.has(image))) return undefined;
    const largest = LARGEST_A_CONTAINER * images.length;
    return {
      score(node) {
        let sum = 0;
        for (const image of images) {
          const size = node.images.get(image);
          if (size !== undefined) sum += Math.trunc((size * (cluster.imageNodes.get(image) ?? 0)) / cluster.nodes.length);
        }
        const bounded = Math.min(Math.max(sum, SMALLEST), largest);
        return Math.trunc((MAX_SCORE * (bounded - SMALLEST)) / (largest - SMALLEST));
      },
    };
  },
};
