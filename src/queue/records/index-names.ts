import { createHash } from 'node:crypto';
import type { ExecutionPlan } from '../../wire/plan/plan.ts';
import type { ListFilter } from '../execution-queue.ts';

/** The indexes that an execution belongs to for as long as its record is kept; no name holds a line feed. */
export function indexNamesOf(plan: ExecutionPlan): readonly string[] {
  return [
    'all',
    indexName.tenant(plan.tenant),
    openIndexOf(plan.tenant),
    indexName.gateway(plan.gateway),
    ...(plan.name === undefined ? [] : [indexName.name(plan.name)]),
    ...new Set(plan.steps.map(({ image }) => indexName.image(image.reference))),
    ...Object.entries(plan.tags).map(([key, value]) => indexName.tag(key, value)),
  ];
}

/** Holds what has not finished yet. */
export function openIndexOf(tenant: string): string {
  return `open:${tenant}`;
}

/** What a filter lets through is in at least one index of each group. */
export function indexGroupsFor(filter: ListFilter): readonly (readonly string[])[] {
  const { tenant, gateway, states, codes, name, image, tags = [] } = filter;
  const groups = [
    // The indexes of states and codes are of the tenant alone.
    ...(tenant === undefined || states !== undefined || codes !== undefined ? [] : [[indexName.tenant(tenant)]]),
    ...(gateway === undefined ? [] : [[indexName.gateway(gateway)]]),
    ...(states === undefined ? [] : [states.map((state) => indexName.state(state, tenant))]),
    ...(codes === undefined ? [] : [codes.map((code) => indexName.code(code, tenant))]),
    ...(name === undefined ? [] : [[indexName.name(name)]]),
    ...(image === undefined ? [] : [[indexName.image(image)]]),
    ...tags.map(({ key, value }) => [indexName.tag(key, value)]),
  ];
  return groups.length === 0 ? [['all']] : groups;
}

export const indexName = {
  gateway: (gateway: string) => `gateway:${gateway}`,
  tenant: (tenant: string) => `tenant:${tenant}`,
  state: (state: string, tenant?: string) => `state:${state}${ofTenant(tenant)}`,
  code: (code: string, tenant?: string) => `code:${code}${ofTenant(tenant)}`,
  name: (name: string) => `name:${digest(name)}`,
  image: (image: string) => `image:${digest(image)}`,
  tag: (key: string, value: string) => `tag:${digest(JSON.stringify([key, value]))}`,
};

function ofTenant(tenant: string | undefined): string {
  return tenant === undefined ? '' : `:${tenant}`;
}

// 132 bits: keys of Redis stay short however long the text is.
const digestLength = 22;

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, digestLength);
}
