/** Where the runtime keeps what. `state` is small and lost with the machine's uptime; `root` holds what containers write. */
export interface RuntimePaths {
  root: string; state: string;
  runcRoot: string; exits: string; sockets: string; sandboxes: string; containers: string;
  sandbox(id: string): SandboxPaths;
  container(id: string): ContainerPaths;
}
export interface SandboxPaths { directory: string; record: string; network: string; ipc: string; uts: string; pid: string; sharedMemory: string }
export interface ContainerPaths {
  /** The OCI bundle; conmon puts its attach socket and its control pipes here. */
  directory: string; record: string; started: string; finished: string; spec: string; pidFile: string; conmonPidFile: string; persist: string;
  control: string; windowSize: string; exit: string; startFifo: string; runcDirectory: string;
  /** On disk: what the container wrote over its image. */
  data: string; rootfs: string; upper: string; work: string; imageMounts: string;
}

export function runtimePaths(root: string, state: string): RuntimePaths {
  const sockets = `${state}/sockets`;
  const sandboxes = `${state}/sandboxes`, containers = `${state}/containers`, exits = `${state}/exits`, runcRoot = `${state}/runc`;
  return {
    root, state, runcRoot, exits, sockets, sandboxes, containers,
    sandbox(id) {
      const directory = `${sandboxes}/${id}`;
      return {
        directory, record: `${directory}/sandbox.json`, network: `${directory}/net`, ipc: `${directory}/ipc`, uts: `${directory}/uts`,
        pid: `${directory}/pid`, sharedMemory: `${directory}/shm`,
      };
    },
    container(id) {
      const directory = `${containers}/${id}`, data = `${root}/containers/${id}`;
      return {
        directory, record: `${directory}/container.json`, started: `${directory}/started.json`, finished: `${directory}/finished.json`,
        spec: `${directory}/config.json`, pidFile: `${directory}/pid`, conmonPidFile: `${directory}/conmon.pid`, persist: `${directory}/persist`,
        control: `${directory}/ctl`, windowSize: `${directory}/winsz`, exit: `${exits}/${id}`, startFifo: `${runcRoot}/${id}/exec.fifo`,
        runcDirectory: `${runcRoot}/${id}`,
        data, rootfs: `${data}/rootfs`, upper: `${data}/upper`, work: `${data}/work`, imageMounts: `${data}/images`,
      };
    },
  };
}
