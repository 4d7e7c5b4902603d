/** The Kubernetes version that is served. */
export const KUBERNETES_VERSION = 'v1.37.2';

export function versionInfo(): Record<string, string> {
  const { arch } = process;
  return {
    major: '1', minor: '37', emulationMajor: '1', emulationMinor: '37', minCompatibilityMajor: '1', minCompatibilityMinor: '36',
    gitVersion: KUBERNETES_VERSION, gitCommit: '', gitTreeState: 'clean', buildDate: '2026-01-01T00:00:00Z',
    goVersion: 'go1.25.0', compiler: 'gc', platform: `linux/${arch === 'x64' ? 'amd64' : arch}`,
  };
}
