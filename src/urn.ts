/**
 * The name FunctionGraph gives to a function:
 * `urn:fss:<region>:<project>:function:<package>:<function>[:<version>|:!<alias>]`.
 * Source: FunctionGraph API reference, "Function Model"; lengths from "Creating a Function" and "Creating an Alias".
 */
export interface FunctionUrn {
  readonly region: string;
  readonly projectId: string;
  readonly package: string;
  readonly name: string;
  /** `latest`, a version, or an alias with its leading `!`. */
  readonly version: string;
}

export type UrnResult =
  | { readonly ok: true; readonly urn: FunctionUrn }
  /** `part` names the field that is wrong; `detail` says what was seen and what is allowed. */
  | { readonly ok: false; readonly part: string; readonly detail: string };

/** A region as `cn-north-4`. */
export const regionPattern = /^[a-z]{2,}(?:-[a-z0-9]+)+$/;
export const projectIdPattern = /^[A-Za-z0-9]{32}$/;

const name = /^[A-Za-z](?:[A-Za-z0-9_-]{0,58}[A-Za-z0-9])?$/;
const nameRule = '1 to 60 letters, digits, "-" or "_", starting with a letter and ending with a letter or digit';

/** The fields in their order, each with what it allows. */
const fields: readonly { part: string; allowed: RegExp; rule: string }[] = [
  { part: 'prefix', allowed: /^urn$/, rule: '"urn"' },
  { part: 'service', allowed: /^fss$/, rule: '"fss"' },
  { part: 'region', allowed: regionPattern, rule: 'a region such as "cn-north-4"' },
  { part: 'project', allowed: projectIdPattern, rule: '32 letters or digits' },
  { part: 'resource', allowed: /^function$/, rule: '"function"' },
  { part: 'package', allowed: name, rule: nameRule },
  { part: 'function', allowed: name, rule: nameRule },
  {
    part: 'version',
    allowed: /^(?:[A-Za-z0-9_.-]{1,64}|![A-Za-z](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?)$/,
    rule: 'a version of 1 to 64 letters, digits, "_", "." or "-", or "!" and an alias of 1 to 64 letters, digits, "-" or "_" starting with a letter',
  },
];

/** Reads a URN; a missing version is `latest`. The short forms of the API are refused: what they mean depends on the caller's token. */
export function parseUrn(text: string): UrnResult {
  const parts = text.split(':');
  if (parts.length === 7) parts.push('latest');
  if (parts.length !== 8) {
    const detail = `has ${parts.length} fields, allowed are 7 or 8: urn:fss:REGION:PROJECT:function:PACKAGE:FUNCTION[:VERSION]`;
    return { ok: false, part: 'form', detail };
  }
  for (const [index, field] of fields.entries()) {
    const seen = parts[index]!;
    if (!field.allowed.test(seen)) return { ok: false, part: field.part, detail: `is ${JSON.stringify(seen)}, allowed is ${field.rule}` };
  }
  const [, , region, projectId, , pkg, fn, version] = parts as [string, string, string, string, string, string, string, string];
  return { ok: true, urn: { region, projectId, package: pkg, name: fn, version } };
}

/** The full form, eight fields. */
export function formatUrn(urn: FunctionUrn): string {
  return `urn:fss:${urn.region}:${urn.projectId}:function:${urn.package}:${urn.name}:${urn.version}`;
}
