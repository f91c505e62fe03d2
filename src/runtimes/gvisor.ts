/** gVisor's kernel and its helper are programs with threads of their own, which count as the container's on this machine. */
const ownThreads = 256;

/** `runsc`, and what operators call it with other settings: `runsc-kvm`. */
export function isGvisor(ociRuntime: string | undefined): boolean {
  return ociRuntime !== undefined && /^runsc\b/.test(ociRuntime);
}

/** The limit of processes to set on the host: it leaves those inside as many as they may have. */
export function processLimit(pids: number, ociRuntime: string | undefined): number {
  return isGvisor(ociRuntime) ? pids + ownThreads : pids;
}
