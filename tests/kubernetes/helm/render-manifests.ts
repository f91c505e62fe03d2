import { manifestValues, markOf } from '../../../scripts/generate/helm/manifest-mark.ts';
import { chart, type Helm } from './open-helm.ts';

const parts = [
  {
    path: 'deploy/kubernetes/access.yaml',
    templates: ['access'],
    head: `# What an agent needs in a cluster, and what keeps its pods in their place: kubectl apply -f access.yaml
# docs/kubernetes.md explains each part. Helm renders this file from deploy/helm/exec-agent with values.yaml beside it.
`,
  },
  {
    path: 'deploy/kubernetes/agent.yaml',
    templates: ['agent', 'redis'],
    head: `# One agent with a Redis beside it, to begin with: kubectl apply -f agent.yaml, after access.yaml and the secret "exec-agent".
# Replace registry.example.com/exec-agent:0.1.0 in all three places by the image that you have pushed. For more than one agent, use
# the chart deploy/helm/exec-agent, from which Helm renders this file with values.yaml beside it.
`,
  },
];

/** What deploy/kubernetes has to be. */
export async function renderManifests(
  helm: Helm,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  return Promise.all(
    parts.map(async ({ path, templates, head }) => {
      const only = templates.flatMap((name) => ['--show-only', `templates/${name}.yaml`]);
      const rendered = await helm.run([
        'template',
        'exec-agent',
        chart,
        '-n',
        'exec-agent',
        '-f',
        manifestValues,
        ...only,
      ]);
      const body = rendered.replaceAll(/^# Source: .*\n/gm, '').replace(/^---\n/, '');
      const text = `${head}${body}`;
      return { path, text: `${text}${await markOf(text)}` };
    }),
  );
}
