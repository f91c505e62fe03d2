import { compileWildcards } from '../../support/patterns/match-wildcards.ts';
import type { Confinement } from '../../wire/plan/plan.ts';
import type { Finding, Policy, PolicySettings, PolicySubject, ScanPolicy } from './policy.ts';
import type { PolicyDocument, PolicyRule, PolicySections } from './policy-schema.ts';
import { presets } from './presets.ts';

interface Settled {
  readonly settings: PolicySettings;
  /** Which rules were laid over the rest, and what they set. */
  readonly findings: readonly Finding[];
}

/** What the policy says for that tenant and those tags: every rule that matches is laid over what stands before it. */
export function settlePolicy({ base, document }: Policy, subject: PolicySubject): Settled {
  const { rules = [], ...general } = document;
  const matching = rules.filter((rule) => matches(rule, subject));
  const sections = matching.reduce<PolicySections>(layOver, general);
  const preset = presets[sections.preset ?? 'standard'];
  const { images = {}, defaults = {}, maxima = {}, container = {}, network } = sections;
  const settledMaxima = {
    cpus: maxima.cpus ?? base.maxima.cpus,
    memoryBytes: maxima.memory ?? base.maxima.memoryBytes,
    pids: maxima.pids ?? base.maxima.pids,
    scratchBytes: maxima.disk ?? base.maxima.scratchBytes,
    shmBytes: maxima.shm ?? base.maxima.shmBytes,
    timeoutSeconds: maxima.timeout ?? base.maxima.timeoutSeconds,
    gpus: maxima.gpus ?? base.maxima.gpus,
    priority: maxima.priority ?? base.maxima.priority,
  };
  const settings: PolicySettings = {
    images: {
      allow: images.allow,
      deny: images.deny ?? [],
      digestRequired: images.digest === 'required',
      host: images.host ?? base.hostImage,
    },
    defaults: {
      cpus: Math.min(defaults.cpus ?? base.defaults.cpus, settledMaxima.cpus),
      memoryBytes: Math.min(defaults.memory ?? base.defaults.memoryBytes, settledMaxima.memoryBytes),
      pids: Math.min(defaults.pids ?? base.defaults.pids, settledMaxima.pids),
      scratchBytes: Math.min(defaults.disk ?? base.defaults.scratchBytes, settledMaxima.scratchBytes),
      shmBytes: Math.min(defaults.shm ?? base.defaults.shmBytes, settledMaxima.shmBytes),
      timeoutSeconds: Math.min(defaults.timeout ?? base.defaults.timeoutSeconds, settledMaxima.timeoutSeconds),
    },
    maxima: settledMaxima,
    scan: scanOf(sections.scan),
    confinement: confinementOf(preset.confinement, sections),
    readOnlyRoot: container.read_only_root ?? preset.readOnlyRoot,
    openFiles: container.open_files ?? base.openFiles,
    openNetwork: network === undefined ? preset.openNetwork : network === 'open',
    services: sections.services,
    ports: sections.ports ?? base.ports,
    secrets: sections.secrets ?? [],
  };
  return { settings, findings: findingsOf(document, matching, settings) };
}

function matches({ tenants, tags = {} }: PolicyRule, subject: PolicySubject): boolean {
  const isTenant = tenants?.some((pattern) => matchesName(pattern, subject.tenant)) ?? true;
  const hasTags = Object.entries(tags).every(([name, values]) => {
    const actual = Object.hasOwn(subject.tags, name) ? subject.tags[name] : undefined;
    return actual !== undefined && values.some((pattern) => matchesName(pattern, actual));
  });
  return isTenant && hasTags;
}

/** `*` stands for any characters. */
function matchesName(pattern: string, name: string): boolean {
  return compileWildcards(pattern).matches(name);
}

/** A section's fields replace those of the section before; what it leaves out stays. */
function layOver(below: PolicySections, { name: _, tenants: __, tags: ___, ...above }: PolicyRule): PolicySections {
  return {
    ...below,
    ...above,
    images: { ...below.images, ...above.images },
    defaults: { ...below.defaults, ...above.defaults },
    maxima: { ...below.maxima, ...above.maxima },
    container: { ...below.container, ...above.container },
    users: { ...below.users, ...above.users },
    groups: { ...below.groups, ...above.groups },
    scan: { ...below.scan, ...above.scan },
  };
}

const dayMs = 86_400_000;

function scanOf({
  mode = 'off',
  severity = 'high',
  unscannable,
  exceptions = [],
}: PolicySections['scan'] = {}): ScanPolicy {
  return {
    mode,
    severity,
    unscannable: unscannable ?? (mode === 'deny' ? 'deny' : 'warn'),
    exceptions: exceptions.map(({ id, until }) => ({ id, until: Date.parse(until) + dayMs - 1 })),
  };
}

function confinementOf(preset: Confinement, { container = {}, ...lists }: PolicySections): Confinement {
  const { capabilities = preset.capabilities, user = preset.user, runtime, runtime_missing: missing } = container;
  const [users, groups] = [idListOf(lists.users), idListOf(lists.groups)];
  const common = {
    preset: preset.preset,
    capabilities: capabilities === 'none' ? [] : capabilities,
    user,
    ...(users && { users }),
    ...(groups && { groups }),
    ...(container.known_escapes === 'refuse' ? { knownEscapes: container.known_escapes } : {}),
  };
  const name = runtime ?? preset.ociRuntime?.name;
  if (name === undefined) return common;
  // One that an operator has named is meant; the one of a preset is the best that there is.
  const whenMissing = missing ?? (runtime === undefined ? preset.ociRuntime?.missing : undefined) ?? 'refuse';
  return { ...common, ociRuntime: { name, missing: whenMissing } };
}

/** Undefined where every one may be used, so that nobody has to find out who it is. */
function idListOf({ allow, deny = [] }: NonNullable<PolicySections['users']> = {}): Confinement['users'] | undefined {
  return allow === undefined && deny.length === 0 ? undefined : { deny, ...(allow && { allow }) };
}

function findingsOf(
  { rules = [] }: PolicyDocument,
  matching: readonly PolicyRule[],
  { confinement, readOnlyRoot }: PolicySettings,
): readonly Finding[] {
  const applied = rules.map(
    (rule, index): Finding => ({
      setting: `rules[${index}]`,
      verdict: matching.includes(rule) ? 'sets' : 'skips',
      says: `"${rule.name}" ${matching.includes(rule) ? 'applies' : 'does not apply'}`,
    }),
  );
  const { capabilities, user, ociRuntime, preset } = confinement;
  const facts = [
    `capabilities ${capabilities === 'engine' ? 'as the engine gives them' : capabilities.join(', ') || 'none'}`,
    `root filesystem ${readOnlyRoot ? 'read-only' : 'thrown away'}`,
    user === 'never-root' ? 'never root' : 'any user',
    ...(ociRuntime === undefined ? [] : [`OCI runtime ${ociRuntime.name} (where missing: ${ociRuntime.missing})`]),
  ];
  return [...applied, { setting: 'preset', verdict: 'sets', says: `${preset}: ${facts.join('; ')}` }];
}
