const image = { repository: 'registry.example.com/team/exec-agent', digest: `sha256:${'a'.repeat(64)}` };
const settings = { MINIO_ENDPOINT: 'https://s3.example.com' };

/** What operators may ask the chart for, by what it shows. */
export const valueSets: Readonly<Record<string, object>> = {
  trial: { image, trial: true, replicas: 1, createNamespace: true, pods: { namespace: 'trial-pods' } },
  'one agent with settings of each kind': {
    image: { repository: 'exec-agent', tag: 'v1', pullPolicy: 'Always', pullSecrets: ['registry'] },
    replicas: 1,
    existingSecret: 'queue',
    key: { create: false },
    settings: {
      EXEC_MEMORY_MAX: '8g',
      EXEC_LOG_MAX: 134217728,
      EXEC_TES: true,
      EXEC_CPUS_MAX: 1.5,
      EXEC_LABELS: { zone: 'a' },
      EXEC_KUBE_TOLERATIONS: ['pool=jobs:NoSchedule'],
      EXEC_DRAIN: 0.5,
    },
    policy: { images: { allow: ['alpine'] } },
    registries: { 'docker.io': { mirrors: ['mirror.example.com'] } },
    secrets: { existingSecret: 'keys' },
  },
  'everything that is optional': {
    image,
    replicas: 3,
    existingSecret: 'queue',
    settings,
    pods: { quota: { pods: 500, 'requests.memory': '100Gi' }, isolation: 'policy' },
    http: {
      exposed: true,
      service: { type: 'LoadBalancer', port: 80, annotations: { a: 'b' } },
      from: [{ namespaceSelector: { matchLabels: { team: 'a' } } }],
      ingress: { enabled: true, className: 'nginx', hosts: ['agents.example.com'], tlsSecret: 'tls' },
    },
    metrics: {
      serviceMonitor: { enabled: true, labels: { release: 'prometheus' }, tokenSecret: { name: 'token' } },
      rules: { enabled: true, labels: { release: 'prometheus' } },
    },
    serviceAccount: { name: 'runner', annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/a' } },
    nodeSelector: { pool: 'control' },
    tolerations: [{ key: 'control', operator: 'Exists' }],
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
    ],
    priorityClassName: 'system-cluster-critical',
    podLabels: { team: 'a' },
    podAnnotations: { note: 'b' },
    extraEnv: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
    extraEnvFrom: [{ secretRef: { name: 'more' } }],
    extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
    extraVolumeMounts: [{ name: 'ca', mountPath: '/etc/ca' }],
  },
  'names that YAML would read as something else': {
    image: { ...image, pullSecrets: ['1'] },
    replicas: 2,
    existingSecret: '2',
    settings,
    secrets: { existingSecret: '3' },
    http: {
      exposed: true,
      ingress: { enabled: true, className: '4', hosts: ['*.example.com'], tlsSecret: '5' },
    },
    metrics: { serviceMonitor: { enabled: true, tokenSecret: { name: '6', key: 'true' } } },
    priorityClassName: '7',
  },
  'as little as possible': {
    image,
    replicas: 2,
    existingSecret: 'queue',
    settings,
    pods: { createNamespace: false, admissionPolicy: false, networkPolicy: false },
    serviceAccount: { create: false, name: 'default' },
  },
};

/** What is refused, and the words of the refusal. */
export const refusedValues: readonly (readonly [name: string, values: object, words: string])[] = [
  ['a misspelt setting', { settings: { EXEC_CONCURENCY: 3 } }, "'EXEC_CONCURENCY' not allowed"],
  ['a setting out of its range', { settings: { EXEC_CONCURRENCY: 0 } }, '/settings/EXEC_CONCURRENCY'],
  ['a size that is none', { settings: { EXEC_MEMORY_MAX: 'lots' } }, '/settings/EXEC_MEMORY_MAX'],
  ['a choice that does not exist', { settings: { LOG_LEVEL: 'loud' } }, '/settings/LOG_LEVEL'],
  ['a wrong item in a list', { settings: { EXEC_KUBE_TOLERATIONS: ['a:Bad'] } }, '/settings/EXEC_KUBE_TOLERATIONS/0'],
  ['a setting that holds a secret', { settings: { REDIS_URL: 'redis://a' } }, "'REDIS_URL' not allowed"],
  ['a setting that the chart makes', { settings: { EXEC_KUBE_IMAGE: 'a' } }, "'EXEC_KUBE_IMAGE' not allowed"],
  ['a misspelt value', { replica: 2 }, "'replica' not allowed"],
  ['a digest that is none', { image: { digest: 'latest' } }, '/image/digest'],
  ['no image', { image: { repository: '' } }, 'image.repository'],
  ['no Redis', { existingSecret: '' }, 'existingSecret'],
  ['several agents without an object store', { replicas: 2, settings: { MINIO_ENDPOINT: null } }, 'MINIO_ENDPOINT'],
  ['a trial of several agents', { trial: true }, 'replicas'],
  ['an ingress without HTTP', { http: { ingress: { enabled: true } } }, 'http.exposed'],
];

/** To which the refused ones are added. */
export const acceptedValues = { image, existingSecret: 'queue', settings };
