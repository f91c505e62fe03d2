import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Subnet } from './claim-subnet.ts';

export interface NodeSettings {
  /** Holds all that the node writes. */
  readonly directory: string;
  /** From `buildPrograms`. */
  readonly programs: string;
  /** Parent of the node's cgroups, below the mount of each hierarchy. */
  readonly cgroup: string;
  readonly subnet: Subnet;
  /** As `ClusterOptions`. */
  readonly runc?: string;
  readonly etcdQuotaBytes?: number;
}

export const nodeName = 'node1';

/** Writes what the scripts beside this file and the parts of the node read. */
export async function writeSettings(settings: NodeSettings): Promise<void> {
  const { directory } = settings;
  for (const name of ['images', 'log', 'pki', 'cni']) await mkdir(join(directory, name), { recursive: true });
  await writeFile(join(directory, 'env'), environmentOf(settings));
  await writeFile(join(directory, 'resolv.conf'), 'nameserver 127.0.0.1\n');
  await writeFile(join(directory, 'containerd.toml'), containerdConfig(settings));
  await writeFile(join(directory, 'cni/10-bridge.conflist'), JSON.stringify(networkConfig(settings)));
  // YAML is a superset of JSON.
  await writeFile(join(directory, 'kubelet.yaml'), JSON.stringify(kubeletConfig(settings)));
  const registries = join(directory, 'registries/_default');
  await mkdir(registries, { recursive: true });
  // Registries of the tests are on the host and speak HTTP.
  await writeFile(join(registries, 'hosts.toml'), `[host."http://${settings.subnet.hostIp}:5000"]\n`);
}

function environmentOf({ directory, programs, cgroup, subnet, etcdQuotaBytes }: NodeSettings): string {
  const variables = {
    DIRECTORY: directory,
    HERE: import.meta.dirname,
    PKI: join(directory, 'pki'),
    CONTAINERD: containerdSocket,
    CGROUP: cgroup,
    NODE: nodeName,
    NODE_IP: subnet.nodeIp,
    HOST_IP: subnet.hostIp,
    POD_CIDR: subnet.podCidr,
    SERVICE_CIDR: '10.96.0.0/16',
    SERVICE_IP: '10.96.0.1',
    // For etcd, 0 is its default.
    ETCD_QUOTA: String(etcdQuotaBytes ?? 0),
    API: `https://${subnet.nodeIp}:6443`,
    PATH: `${programs}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
  };
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value}'\n`)
    .join('');
}

// Below /run, which is the node's own: the path is short, and two clusters do not meet.
export const containerdSocket = '/run/containerd.sock';

function containerdConfig({ directory, programs, runc = join(programs, 'runc') }: NodeSettings): string {
  return `version = 3
root = "${directory}/containerd"
state = "/run/containerd"
oom_score = 0
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.erofs", "io.containerd.snapshotter.v1.blockfile", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
address = "${containerdSocket}"
[plugins."io.containerd.cri.v1.images"]
snapshotter = "overlayfs"
[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "${pauseImage}"
[plugins."io.containerd.cri.v1.images".registry]
config_path = "${directory}/registries"
[plugins."io.containerd.cri.v1.runtime"]
restrict_oom_score_adj = true
disable_apparmor = true
[plugins."io.containerd.cri.v1.runtime".containerd]
default_runtime_name = "runc"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
SystemdCgroup = false
BinaryName = "${runc}"
[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["${programs}"]
conf_dir = "${directory}/cni"
`;
}

/** Keeps the namespaces of a pod; any program that waits will do. */
export const pauseImage = 'localhost/pause:1';

function networkConfig({ subnet }: NodeSettings) {
  return {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'pods0',
        isGateway: true,
        hairpinMode: true,
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: '/run/cni',
          ranges: [[{ subnet: subnet.podCidr }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
}

function kubeletConfig({ directory, cgroup, subnet }: NodeSettings) {
  const never = '0%';
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: subnet.nodeIp,
    healthzBindAddress: '127.0.0.1',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(directory, 'pki/ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: join(directory, 'pki/kubelet-server.crt'),
    tlsPrivateKeyFile: join(directory, 'pki/kubelet-server.key'),
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroup,
    kubeletCgroups: `${cgroup}/parts/kubelet`,
    failCgroupV1: false,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    // What a host allows that gives its root no CAP_SYS_RESOURCE.
    oomScoreAdj: 0,
    maxOpenFiles: 20_000,
    podPidsLimit: 512,
    resolvConf: join(directory, 'resolv.conf'),
    serializeImagePulls: false,
    nodeStatusUpdateFrequency: '5s',
    volumePluginDir: '/var/lib/kubelet/volumeplugins',
    // The host's disk is not the node's: how full it is must not evict pods.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: {
      'memory.available': never,
      'nodefs.available': never,
      'nodefs.inodesFree': never,
      'imagefs.available': never,
      'imagefs.inodesFree': never,
    },
  };
}
