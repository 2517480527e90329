import { z } from 'zod';
import { fileSchema } from '../../src/config/schema.ts';

/** The parts of JSON Schema that are in use here. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly $ref?: string;
}

const variable = { $ref: '#/$defs/variable' };

/** JSON Schema (draft 2020-12) of a file as it is written: for editors, which complete and check by it. */
export function configJsonSchema(): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(fileSchema('.'), { io: 'input' }) as JsonSchema & { $schema: string };
  return {
    $schema,
    title: 'Runway configuration',
    ...withVariables(schema),
    $defs: {
      variable: {
        type: 'string',
        pattern: '\\$\\{[A-Za-z_]',
        description: `Takes an environment variable: \${NAME} or \${NAME:-default}.`,
      },
    },
  } as JsonSchema;
}

/** Wherever more than plain text is asked for, `${NAME}` may stand as well. */
function withVariables(schema: JsonSchema): JsonSchema {
  const { properties, additionalProperties, items, ...rest } = schema;
  if (properties) {
    const filled = Object.entries(properties).map(([key, value]) => [key, withVariables(value)]);
    // `default: {}` of a map says less than the defaults of its keys.
    const { default: _, ...map } = rest;
    return { ...map, properties: Object.fromEntries(filled), ...(additionalProperties !== undefined && { additionalProperties }) };
  }
  if (typeof additionalProperties === 'object') return { ...rest, additionalProperties: withVariables(additionalProperties) };
  if (items) return { ...rest, items: withVariables(items) };
  const free = rest.type === 'string' && rest.pattern === undefined && rest.enum === undefined && rest.const === undefined;
  if (free) return rest;
  const { description, default: standard, ...own } = rest;
  return {
    ...(description !== undefined && { description }),
    ...(standard !== undefined && { default: standard }),
    anyOf: [own, variable],
  };
}
