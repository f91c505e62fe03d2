import { choice, decimal, list, seconds, text } from './config-values.ts';

const name = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;
const nodeLabel = /^[A-Za-z0-9](?:[A-Za-z0-9_./-]*[A-Za-z0-9])?=[A-Za-z0-9_.-]*$/;
const toleration = /^[A-Za-z0-9][A-Za-z0-9_./-]*(?:=[A-Za-z0-9_.-]*)?(?::(?:NoSchedule|PreferNoSchedule|NoExecute))?$/;

/** Shortest key of a deployment, in characters of base64: 32 bytes. */
const shortestKey = 43;

/** The cluster of the runtime kubernetes, and how pods are made. */
export const kubernetesSettings = {
  kubeconfig: text().optional().meta({
    group: 'Kubernetes',
    env: 'KUBECONFIG',
    description: 'Kubeconfig file. Default: the service account of the pod, or else ~/.kube/config.',
  }),
  kubeContext: text().optional().meta({
    group: 'Kubernetes',
    env: 'EXEC_KUBE_CONTEXT',
    description: 'Context of the kubeconfig file. Default: its current context.',
  }),
  kubeNamespace: text().optional().meta({
    group: 'Kubernetes',
    env: 'EXEC_KUBE_NAMESPACE',
    description: 'Namespace of the pods, which holds nothing else. Default: that of the context or service account.',
  }),
  kubeImage: text().optional().meta({
    group: 'Kubernetes',
    env: 'EXEC_KUBE_IMAGE',
    description:
      'Image of this project, which runs beside the steps in each pod. Required for EXEC_RUNTIME=kubernetes.',
  }),
  kubeKey: text()
    .min(shortestKey, 'at least 32 bytes as base64, such as "openssl rand -base64 32" prints')
    .optional()
    .meta({
      group: 'Kubernetes',
      env: 'EXEC_KUBE_KEY',
      secret: true,
      description:
        'Key of the connections between agents and pods, the same for all agents: 32 bytes as base64. Required for EXEC_RUNTIME=kubernetes.',
    }),
  kubePullSecrets: list(name, 'names of secrets').default([]).meta({
    group: 'Kubernetes',
    env: 'EXEC_KUBE_PULL_SECRETS',
    description: 'Names of image pull secrets in the namespace of the pods, separated by commas.',
  }),
  kubeNodeSelector: list(nodeLabel, 'labels such as pool=jobs').default([]).meta({
    group: 'Kubernetes',
    env: 'EXEC_KUBE_NODE_SELECTOR',
    description: 'Labels that a node must have, separated by commas: pool=jobs.',
  }),
  kubeIsolation: choice('own', 'policy').default('own').meta({
    group: 'Kubernetes',
    env: 'EXEC_KUBE_ISOLATION',
    description:
      'What keeps commands away from the network of their pods. own: a network namespace of their own, which needs pods with user namespaces. policy: network policies, which each pod tests before its command begins.',
  }),
  kubeReach: choice('direct', 'port-forward').default('direct').meta({
    group: 'Kubernetes',
    env: 'EXEC_KUBE_REACH',
    description:
      'How the agent connects to pods. direct: by their addresses. port-forward: through the API server, for development with an agent outside of the cluster; it needs the permissions of deploy/kubernetes/port-forward.yaml.',
  }),
  kubeTolerations: list(toleration, 'taints such as pool=jobs:NoSchedule, or keys of taints').default([]).meta({
    group: 'Kubernetes',
    env: 'EXEC_KUBE_TOLERATIONS',
    description:
      'Taints of nodes that pods tolerate, separated by commas: pool=jobs:NoSchedule. Without a value or an effect: any.',
  }),
  kubeGpuResource: text().default('nvidia.com/gpu').meta({
    group: 'Kubernetes',
    env: 'EXEC_KUBE_GPU',
    description: 'Name of the cluster’s resource for GPUs.',
  }),
  kubeCpuOvercommit: decimal(1, 100).default(1).meta({
    group: 'Kubernetes',
    env: 'EXEC_KUBE_CPU_OVERCOMMIT',
    description: 'How many times the CPUs of a node may be promised: a pod reserves its CPUs divided by this.',
  }),
  kubeStart: seconds(1, 86_400).default(600).meta({
    group: 'Kubernetes',
    env: 'EXEC_KUBE_START',
    description: 'Seconds for a pod to be scheduled and started. After that, the execution goes back to the queue.',
  }),
  kubeOrphan: seconds(60, 31_536_000).default(86_400).meta({
    group: 'Kubernetes',
    env: 'EXEC_KUBE_ORPHAN',
    description: 'Seconds after which a pod that no agent has connected to ends by itself.',
  }),
};
