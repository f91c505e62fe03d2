import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { runCommand } from '../../parts/processes/run-command.ts';
import type { Cluster } from '../cluster/open-cluster.ts';

const reviewSchema = z.object({ request: z.object({ uid: z.string() }) });

/** An admission webhook on the host that refuses each pod of a namespace with these words, until it is closed. */
export async function openRefusingWebhook(cluster: Cluster, namespace: string, message: string) {
  const { kubectl, subnet } = cluster;
  const directory = await mkdtemp(join(tmpdir(), 'webhook-'));
  const [keyFile, certFile] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const name = `subjectAltName=IP:${subnet.hostIp}`;
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const files = ['-keyout', keyFile, '-out', certFile];
  await runCommand('openssl', 'req', '-x509', ...kind, '-subj', '/CN=webhook', '-addext', name, ...files);
  const cert = await readFile(certFile);
  const server = createServer({ cert, key: await readFile(keyFile) }, async (request, response) => {
    const { uid } = reviewSchema.parse(await json(request)).request;
    const answer = { uid, allowed: false, status: { message } };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }));
  });
  server.listen(0, subnet.hostIp);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const configuration = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: namespace },
    webhooks: [
      {
        name: 'pods.example.com',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        clientConfig: { url: `https://${subnet.hostIp}:${port}/`, caBundle: cert.toString('base64') },
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
    ],
  };
  await kubectl(['create', '-f', '-'], JSON.stringify(configuration));
  return {
    async close() {
      await kubectl(['delete', 'validatingwebhookconfiguration', namespace]);
      server.closeAllConnections();
      server.close();
      await rm(directory, { recursive: true });
    },
  };
}
