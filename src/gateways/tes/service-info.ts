import { packageVersion } from '../../support/files/package-version.ts';
import { backendParameters } from './task/task-resources.ts';

/** GA4GH service info. @param origin of this server: `https://host` */
export function serviceInfo(origin: string) {
  return {
    id: 'exec-agent.tes',
    name: 'Exec Agent',
    description: 'Runs tasks in locked-down containers.',
    type: { group: 'org.ga4gh', artifact: 'tes', version: '1.1.0' },
    organization: { name: 'Exec Agent', url: origin },
    documentationUrl: `${origin}/docs`,
    version: packageVersion(),
    storage: ['s3://', 'https://', 'http://', 'file://'],
    tesResources_backend_parameters: backendParameters,
  };
}
