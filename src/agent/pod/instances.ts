import type { ContainerState } from '../../runtime/runtime.ts';

/** The runtime's containers of one pod, by container name, the newest first. */
export class Instances {
  private readonly byName = new Map<string, ContainerState[]>();
  private readonly messages = new Map<string, string>();

  put(state: ContainerState, message?: string): void {
    const list = (this.byName.get(state.name) ?? []).filter((known) => known.id !== state.id);
    list.push(state);
    list.sort((left, right) => right.attempt - left.attempt || right.createdAt - left.createdAt);
    this.byName.set(state.name, list);
    if (message !== undefined) this.messages.set(state.id, message);
  }

  remove(state: ContainerState): void {
    this.byName.set(state.name, (this.byName.get(state.name) ?? []).filter((known) => known.id !== state.id));
    this.messages.delete(state.id);
  }

  latest(name: string): ContainerState | undefined { return this.byName.get(name)?.[0]; }
  previous(name: string): ContainerState | undefined { return this.byName.get(name)?.[1]; }
  /** Older than the two that a pod's status shows. */
  outdated(name: string): ContainerState[] { return (this.byName.get(name) ?? []).slice(2); }
  message(id: string | undefined): string | undefined { return id === undefined ? undefined : this.messages.get(id); }
  find(id: string): ContainerState | undefined { return this.all().find((state) => state.id === id); }
  all(): ContainerState[] { return [...this.byName.values()].flat(); }
  clear(): void { this.byName.clear(); this.messages.clear(); }
}
