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
};
