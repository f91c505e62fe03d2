import type { HoldOrder } from '../../../src/wire/pod/pod.ts';

export const keepImage = 'localhost/keep:proof';
export const stepImage = 'docker.io/library/alpine:latest';

/** What a step's container has until hold drops it. */
const ownCapabilities = [
  'SYS_ADMIN',
  'NET_ADMIN',
  'SETPCAP',
  'SETUID',
  'SETGID',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'NET_BIND_SERVICE',
  'KILL',
];

export interface ProofPod {
  readonly name: string;
  readonly namespace?: string;
  readonly order?: Partial<HoldOrder>;
  readonly hostUsers?: boolean;
  readonly capabilities?: readonly string[];
  readonly limits?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Laid over the pod's spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

export const nobody = { uid: 65_534, gid: 65_534, additionalGids: [], capabilities: [] };

/** The order of tier `own`. */
const ownOrder: HoldOrder = {
  ownNetwork: true,
  filter: true,
  noNewPrivileges: true,
  hidden: ['/.exec-agent', '/line'],
  user: nobody,
  directory: '/tmp',
  limits: [],
  command: ['true'],
  variables: ['PATH=/usr/bin:/bin'],
};

/** A pod as an execution has it: `keep`, and one step that hold starts. */
export function proofPod({
  name,
  namespace = 'default',
  order,
  hostUsers = false,
  capabilities = ownCapabilities,
  limits = { memory: '128Mi' },
  labels = {},
  spec = {},
}: ProofPod) {
  const confinement = { allowPrivilegeEscalation: undefined, seccompProfile: { type: 'RuntimeDefault' } };
  const variables = { ORDER: JSON.stringify({ ...ownOrder, ...order }), STEPS: 'step-0', NONCE: 'n' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      restartPolicy: 'Never',
      hostUsers,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 30,
      volumes: [
        { name: 'hold', image: { reference: keepImage, pullPolicy: 'IfNotPresent' } },
        { name: 'line', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      ],
      containers: [
        {
          name: 'keep',
          image: keepImage,
          imagePullPolicy: 'IfNotPresent',
          env: Object.entries(variables).map(([key, value]) => ({ name: key, value })),
          volumeMounts: [{ name: 'line', mountPath: '/line' }],
          securityContext: { ...confinement, capabilities: { drop: ['ALL'], add: ['DAC_OVERRIDE'] } },
        },
        {
          name: 'step-0',
          image: stepImage,
          imagePullPolicy: 'IfNotPresent',
          command: ['/.exec-agent/hold', '/line', 'step-0'],
          env: [{ name: 'EXEC_AGENT_NONCE', value: 'n' }],
          resources: { limits },
          volumeMounts: [
            { name: 'hold', mountPath: '/.exec-agent', readOnly: true },
            { name: 'line', mountPath: '/line', readOnly: true },
          ],
          securityContext: { ...confinement, capabilities: { drop: ['ALL'], add: capabilities } },
        },
      ],
      ...spec,
    },
  };
}
