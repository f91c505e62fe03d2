import { z } from 'zod';

const yes = (description: string) => z.boolean().default(true).meta({ description });
const no = (description: string) => z.boolean().default(false).meta({ description });
const text = (description: string, pattern?: RegExp) =>
  (pattern === undefined ? z.string() : z.string().regex(pattern)).default('').meta({ description });
const map = (description: string) => z.record(z.string(), z.unknown()).default({}).meta({ description });
const labels = (description: string) => z.record(z.string(), z.string()).default({}).meta({ description });
const objects = (description: string) => z.array(z.looseObject({})).default([]).meta({ description });
const names = (description: string) => z.array(z.string().min(1)).default([]).meta({ description });

const namespaceName = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$/;
const mostAgents = 1000;
const mostSeconds = 86_400;

/** Where the chart differs from the agent: pods continue without an agent, and slots are not CPUs here. */
const settingDefaults: Readonly<Record<string, unknown>> = { EXEC_CONCURRENCY: 64, EXEC_DRAIN: 5 };

/** Values of the chart, with their defaults and what they are for. What `settings` takes comes from the schema of the agent. */
export const chartValues = z.strictObject({
  image: z
    .strictObject({
      repository: text('Image of Exec Agent, without tag, in a registry that the nodes can pull from. Required.'),
      tag: text('Tag of the image. Empty: the version of the chart.'),
      digest: text('Digest of the image (sha256:…), which takes the place of the tag.', /^(sha256:[0-9a-f]{64})?$/),
      pullPolicy: z
        .enum(['IfNotPresent', 'Always', 'Never'])
        .default('IfNotPresent')
        .meta({ description: 'When the nodes pull the image of an agent.' }),
      pullSecrets: names(
        'Names of pull secrets for the image, in the namespace of the release. Pods of executions use those of settings.EXEC_KUBE_PULL_SECRETS.',
      ),
    })
    .prefault({}),
  replicas: z
    .int()
    .min(0)
    .max(mostAgents)
    .default(2)
    .meta({ description: 'Number of agents. More than one needs settings.MINIO_ENDPOINT.' }),
  trial: no(
    'To try it out: one agent, a Redis without persistence, and objects in a directory that goes with its pod. With false no Redis is installed.',
  ),
  existingSecret: text(
    'Secret in the namespace of the release with variables of the agents: REDIS_URL (required unless trial), MINIO_ACCESS_KEY, MINIO_SECRET_KEY and others that may hold a secret.',
  ),
  settings: z.record(z.string(), z.unknown()).default(settingDefaults).meta({
    description:
      'Settings of the agent by their variables (docs/settings.md), such as EXEC_MEMORY_MAX: 8g. Lists are lists. Those that may hold a secret go into existingSecret.',
  }),
  key: z
    .strictObject({
      create: yes(
        'Make EXEC_KUBE_KEY once and keep it in a Secret of the release. Set it to false if existingSecret has it, and where manifests are rendered without access to the cluster, as Argo CD does.',
      ),
    })
    .prefault({}),
  policy: map('Policy file (docs/policy.md), as YAML. Agents read it again when it changes.'),
  registries: map('Settings of registries (docs/registries.md), as YAML.'),
  secrets: z
    .strictObject({
      existingSecret: text('Secret with the secrets that requests name, one key each (EXEC_SECRETS_DIR).'),
    })
    .prefault({}),
  pods: z
    .strictObject({
      namespace: text(
        'Namespace of the pods, which holds nothing else. Empty: the name of the release and -pods.',
        namespaceName,
      ),
      createNamespace: yes('Create that namespace, with its Pod Security label. An uninstall deletes it.'),
      isolation: z.enum(['own', 'policy']).default('own').meta({
        description:
          'What keeps commands away from the network of their pods (EXEC_KUBE_ISOLATION). It chooses the Pod Security level: privileged for own, baseline for policy.',
      }),
      admissionPolicy: yes('Install the ValidatingAdmissionPolicy that admits only pods of the agents.'),
      networkPolicy: yes(
        'Install the NetworkPolicy that lets agents connect to pods, and nothing else. policy needs it.',
      ),
      quota: map('Limits of a ResourceQuota for the namespace of the pods, such as pods: 500. Empty: none.'),
    })
    .prefault({}),
  http: z
    .strictObject({
      exposed: no(
        'Listen on all addresses, with a Service. Create a token first (exec-agent token create): without one, an agent does not start.',
      ),
      service: z
        .strictObject({
          type: z
            .enum(['ClusterIP', 'NodePort', 'LoadBalancer'])
            .default('ClusterIP')
            .meta({ description: 'Type of the Service.' }),
          port: z.int().min(1).max(65_535).default(8082).meta({ description: 'Port of the Service.' }),
          annotations: labels('Annotations of the Service.'),
        })
        .prefault({}),
      from: objects('Who may connect, as peers of a NetworkPolicy. Empty: all.'),
      ingress: z
        .strictObject({
          enabled: no('Install an Ingress.'),
          className: text('Class of the Ingress.'),
          annotations: labels('Annotations of the Ingress.'),
          hosts: names('Host names of the Ingress.'),
          tlsSecret: text('Secret with the certificate of these hosts. Empty: no TLS.'),
        })
        .prefault({}),
    })
    .prefault({}),
  metrics: z
    .strictObject({
      serviceMonitor: z
        .strictObject({
          enabled: no('Install a ServiceMonitor of the Prometheus Operator. Needs http.exposed.'),
          labels: labels('Labels by which the Prometheus selects it.'),
          interval: z
            .string()
            .regex(/^[1-9][0-9]*(ms|s|m|h)$/)
            .default('30s')
            .meta({ description: 'Time between two scrapes.' }),
          tokenSecret: z
            .strictObject({
              name: text('Secret with a token of the scope operate.'),
              key: z.string().min(1).default('token').meta({ description: 'Key of the token in that Secret.' }),
            })
            .prefault({}),
        })
        .prefault({}),
      rules: z
        .strictObject({
          enabled: no('Install the alert rules (docs/operations.md) as a PrometheusRule.'),
          labels: labels('Labels by which the Prometheus selects it.'),
        })
        .prefault({}),
    })
    .prefault({}),
  serviceAccount: z
    .strictObject({
      create: yes('Create the account of the agents.'),
      name: text('Name of the account. Empty: the name of the release.'),
      annotations: labels('Annotations of the account, such as the role of a cloud for the object store.'),
    })
    .prefault({}),
  resources: z
    .record(z.string(), z.unknown())
    .default({ requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '1Gi' } })
    .meta({ description: 'Requests and limits of an agent.' }),
  nodeSelector: labels('Labels of nodes for the agents. For pods of executions: settings.EXEC_KUBE_NODE_SELECTOR.'),
  tolerations: objects('Tolerations of the agents. For pods of executions: settings.EXEC_KUBE_TOLERATIONS.'),
  affinity: map('Affinity of the agents.'),
  topologySpreadConstraints: objects('Spread of the agents. Empty: over the nodes, where possible.'),
  priorityClassName: text('PriorityClass of the agents.'),
  podLabels: labels('More labels of the agents.'),
  podAnnotations: labels('More annotations of the agents.'),
  extraEnv: z
    .array(z.looseObject({ name: z.string().min(1) }))
    .default([])
    .meta({ description: 'More variables of the agents, as in a container; they take precedence.' }),
  extraEnvFrom: objects('More sources of variables, as in a container.'),
  extraVolumes: objects('More volumes of the agents.'),
  extraVolumeMounts: objects('Where these volumes are mounted.'),
  createNamespace: no('Render the namespace of the release too, for manifests that are applied without Helm.'),
  redis: z
    .strictObject({
      image: z.string().min(1).default('redis:7-bookworm').meta({ description: 'Image of the Redis of a trial.' }),
    })
    .prefault({}),
  test: z
    .strictObject({
      image: z
        .string()
        .min(1)
        .default('alpine')
        .meta({ description: 'Image that helm test runs, with an echo in it.' }),
      timeout: z
        .int()
        .min(1)
        .max(mostSeconds)
        .default(300)
        .meta({ description: 'Seconds that helm test waits for the response.' }),
    })
    .prefault({}),
});
