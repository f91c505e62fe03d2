import { createHash } from 'node:crypto';
import type { ExecutionPlan } from '../wire/plan.ts';
import type { ListFilter } from './execution-queue.ts';

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

/** The indexes that hold all that a filter lets through. */
export function indexNamesFor({ tenant, gateway, state, name, image, tag }: ListFilter): readonly string[] {
  const names = [
    ...(tenant === undefined ? [] : [indexName.tenant(tenant)]),
    ...(gateway === undefined ? [] : [indexName.gateway(gateway)]),
    ...(state === undefined ? [] : [indexName.state(state)]),
    ...(name === undefined ? [] : [indexName.name(name)]),
    ...(image === undefined ? [] : [indexName.image(image)]),
    ...(tag === undefined ? [] : [indexName.tag(tag.key, tag.value)]),
  ];
  return names.length === 0 ? ['all'] : names;
}

const indexName = {
  gateway: (gateway: string) => `gateway:${gateway}`,
  tenant: (tenant: string) => `tenant:${tenant}`,
  state: (state: string) => `state:${state}`,
  name: (name: string) => `name:${digest(name)}`,
  image: (image: string) => `image:${digest(image)}`,
  tag: (key: string, value: string) => `tag:${digest(JSON.stringify([key, value]))}`,
};

// 132 bits: keys of Redis stay short however long the text is.
const digestLength = 22;

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, digestLength);
}
