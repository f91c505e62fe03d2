import { z } from 'zod';
import { readJson } from '../../support/json/read-json.ts';
import { type Severity, severitySchema } from '../../wire/scan.ts';

/** The findings of any scanner for one image. */
export interface ScanReport {
  readonly scanner: string;
  readonly vulnerabilities: readonly Vulnerability[];
  /** Whether it knew anything in the image to look at; Grype does not tell, and is believed. */
  readonly recognised: boolean;
}

export const vulnerabilitySchema = z.object({
  /** `CVE-2024-3094`, `GHSA-…` */
  id: z.string(),
  severity: severitySchema,
  /** `xz-utils 5.6.0` */
  package: z.string(),
});

export type Vulnerability = z.infer<typeof vulnerabilitySchema>;

const text = z.string().nullish();

const trivySchema = z.object({
  SchemaVersion: z.number(),
  Results: z
    .array(
      z.object({
        /** `os-pkgs`, `lang-pkgs`; others are no packages: `secret`, `config`, `license`. */
        Class: text,
        Vulnerabilities: z
          .array(z.object({ VulnerabilityID: z.string(), PkgName: text, InstalledVersion: text, Severity: text }))
          .nullish(),
      }),
    )
    .nullish(),
});

const grypeSchema = z.object({
  matches: z.array(
    z.object({
      vulnerability: z.object({ id: z.string(), severity: text }),
      artifact: z.object({ name: text, version: text }).nullish(),
    }),
  ),
});

/** Reads the JSON of Trivy or of Grype; undefined: it is neither. */
export function parseReport(json: string): ScanReport | undefined {
  const { data: value } = readJson(json, z.unknown());
  const trivy = trivySchema.safeParse(value).data;
  if (trivy !== undefined) {
    const results = trivy.Results ?? [];
    const found = results.flatMap(({ Vulnerabilities }) => Vulnerabilities ?? []);
    return reportOf(
      'trivy',
      results.some(({ Class }) => Class?.endsWith('-pkgs') ?? true),
      found.map((each) => ({
        id: each.VulnerabilityID,
        severity: severityOf(each.Severity),
        package: nameOf(each.PkgName, each.InstalledVersion),
      })),
    );
  }
  const grype = grypeSchema.safeParse(value).data;
  if (grype === undefined) return undefined;
  return reportOf(
    'grype',
    true,
    grype.matches.map(({ vulnerability: { id, severity }, artifact }) => ({
      id,
      severity: severityOf(severity),
      package: nameOf(artifact?.name, artifact?.version),
    })),
  );
}

/** One package is often found in several places. */
function reportOf(scanner: string, recognised: boolean, found: readonly Vulnerability[]): ScanReport {
  const unique = new Map(found.map((each) => [`${each.id} ${each.package}`, each]));
  return { scanner, recognised, vulnerabilities: [...unique.values()] };
}

function severityOf(word: string | null | undefined): Severity {
  return severitySchema.safeParse(word?.toLowerCase()).data ?? 'unknown';
}

function nameOf(...parts: readonly (string | null | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== null && part !== '').join(' ');
}
