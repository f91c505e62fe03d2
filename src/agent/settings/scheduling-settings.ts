import { z } from 'zod';
import { labelKey, labelsMost, labelValue } from '../../wire/request/labels.ts';
import { decimal, pairs } from './config-values.ts';

const tenantName = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const tenantsMost = 100;

/** Whose executions are next, and where. */
export const schedulingSettings = {
  tenantWeights: pairs(tenantName, decimal(0.01, 1000), {
    most: tenantsMost,
    expected: `up to ${tenantsMost} names of tenants with weights from 0.01 to 1000, such as acme=3,default=1`,
  })
    .optional()
    .meta({
      group: 'Work',
      env: 'EXEC_TENANT_WEIGHTS',
      description:
        'Shares of tenants while several wait: acme=3,default=1 gives acme three executions for each one of default. Other tenants have the weight 1. Set the same on all agents.',
    }),
  labels: pairs(labelKey, z.coerce.string().regex(labelValue), {
    most: labelsMost,
    expected: `up to ${labelsMost} labels as key=value with commas between them, of letters, digits, ".", "_", "-" (keys also "/"), such as gpu=a100,zone=b`,
  })
    .optional()
    .meta({
      group: 'Work',
      env: 'EXEC_LABELS',
      description:
        'Labels of this agent, such as gpu=a100,zone=b. Requests with container.placement run only on agents that have all of its labels. runtime and arch are set by the agent unless they are named here.',
    }),
};
