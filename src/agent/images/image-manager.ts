import type { Secret } from '../../../schema/v1.37/types/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import { ImagePullError, type ImageInfo, type ImageService } from '../../runtime/runtime.ts';
import { BackOff, RESTART_BACK_OFF } from '../pod/back-off.ts';
import { imageNameProblem } from './image-name.ts';
import { pullCredentials } from './pull-secrets.ts';

/** Why a container has no image: the waiting state it shows, and when it is worth another try. */
export class ImageUnavailable extends Error {
  override name = 'ImageUnavailable';
  readonly reason: string;
  readonly retryAt: number;
  constructor(reason: string, message: string, retryAt: number) {
    super(message);
    this.reason = reason;
    this.retryAt = retryAt;
  }
}

export interface ImageRequest {
  image: string;
  policy: string;
  podUid: string;
  /** Read only when a pull is needed. */
  secrets(): Promise<Secret[]>;
  event(type: 'Normal' | 'Warning', reason: string, message: string): void;
}

const SLOW_RETRY_MILLISECONDS = 60_000;

/** Makes images present for containers, with back-off for those that will not come. One pull an image at a time. */
export class ImageManager {
  private readonly images: ImageService;
  private readonly clock: Clock;
  private readonly backOff = new BackOff(RESTART_BACK_OFF);
  private readonly failures = new Map<string, { at: number; text: string }>();
  private readonly pulls = new Map<string, Promise<ImageInfo>>();

  constructor(images: ImageService, clock: Clock) {
    this.images = images;
    this.clock = clock;
  }

  /** The image by the request's policy; throws ImageUnavailable. */
  async ensure(request: ImageRequest): Promise<ImageInfo> {
    const { image, policy, event } = request;
    const now = this.clock.now();
    const problem = imageNameProblem(image);
    if (problem) {
      const message = `Failed to apply default image tag "${image}": ${problem}`;
      event('Warning', 'InspectFailed', message);
      throw new ImageUnavailable('InvalidImageName', message, now + SLOW_RETRY_MILLISECONDS);
    }
    if (policy !== 'Always') {
      const present = await this.images.resolve(image);
      if (present) {
        event('Normal', 'Pulled', `Container image "${image}" already present on machine and can be accessed by the pod`);
        return present;
      }
      if (policy === 'Never') {
        const message = `Container image "${image}" is not present with pull policy of Never`;
        event('Warning', 'ErrImageNeverPull', message);
        throw new ImageUnavailable('ErrImageNeverPull', message, now + SLOW_RETRY_MILLISECONDS);
      }
    }
    return this.pull(request);
  }

  /** Forgets what failed for a pod. */
  forget(podUid: string): void {
    for (const key of this.failures.keys()) {
      if (!key.startsWith(podUid)) continue;
      this.failures.delete(key);
      this.backOff.reset(key);
    }
  }

  private async pull(request: ImageRequest): Promise<ImageInfo> {
    const { image, event } = request;
    const key = `${request.podUid}_${image}`;
    const started = this.clock.now();
    const failure = this.failures.get(key);
    const until = failure && this.backOff.until(key, failure.at, started);
    if (failure && until !== undefined) {
      event('Normal', 'BackOff', `Back-off pulling image "${image}"`);
      throw new ImageUnavailable('ImagePullBackOff', `Back-off pulling image "${image}": ${failure.text}`, until);
    }
    event('Normal', 'Pulling', `Pulling image "${image}"`);
    try {
      const info = await this.shared(image, pullCredentials(image, await request.secrets()));
      const took = this.clock.now() - started;
      const duration = took < 1000 ? `${took}ms` : `${took / 1000}s`;
      event('Normal', 'Pulled', `Successfully pulled image "${image}" in ${duration} (${duration} including waiting). Image size: ${info.size} bytes.`);
      this.failures.delete(key);
      this.backOff.reset(key);
      return info;
    } catch (error) {
      const failed = pullFailure(image, error as Error);
      const now = this.clock.now();
      event('Warning', 'Failed', `Failed to pull image "${image}": ${failed.message}`);
      this.backOff.next(key, now, now);
      this.failures.set(key, { at: now, text: `${failed.reason}: ${failed.message}` });
      // The next try comes at once and says ImagePullBackOff, so that the state shows both, as people know it.
      throw new ImageUnavailable(failed.reason, failed.message, now + 1000);
    }
  }

  private shared(image: string, credentials: ReturnType<typeof pullCredentials>): Promise<ImageInfo> {
    const key = JSON.stringify([image, credentials]);
    let pull = this.pulls.get(key);
    if (!pull) {
      pull = this.images.pull(image, credentials).finally(() => this.pulls.delete(key));
      this.pulls.set(key, pull);
    }
    return pull;
  }
}

function pullFailure(image: string, error: Error): { reason: string; message: string } {
  if (!(error instanceof ImagePullError)) return { reason: 'ErrImagePull', message: error.message };
  if (error.reason === 'RegistryUnavailable') {
    return { reason: error.reason, message: `image pull failed for ${image} because the registry is unavailable: ${error.message}` };
  }
  return { reason: error.reason, message: error.message };
}
