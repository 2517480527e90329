/** A span as it came over the wire. */
export interface SentSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: none. */
  readonly parentSpanId: string;
  readonly kind: number;
  readonly durationNs: bigint;
  readonly attributes: Attributes;
  /** Of what sent it. */
  readonly resource: Attributes;
}

type Attributes = Readonly<Record<string, string | number | boolean>>;

/** An `ExportTraceServiceRequest` of opentelemetry-proto, as far as tests look at it; the numbers are those of its fields. */
export function decodeSpans(request: Buffer): SentSpan[] {
  return messages(request, 1).flatMap((resourceSpans) => {
    const resource = attributesOf(messages(messages(resourceSpans, 1)[0]!, 1));
    const spans = messages(resourceSpans, 2).flatMap((scopeSpans) => messages(scopeSpans, 2));
    return spans.map((span) => ({
      name: text(span, 5),
      traceId: bytes(span, 1).toString('hex'),
      spanId: bytes(span, 2).toString('hex'),
      parentSpanId: bytes(span, 4).toString('hex'),
      kind: Number(number(span, 6)),
      durationNs: number(span, 8) - number(span, 7),
      attributes: attributesOf(messages(span, 9)),
      resource,
    }));
  });
}

function attributesOf(keyValues: readonly Buffer[]): Attributes {
  return Object.fromEntries(keyValues.map((keyValue) => [text(keyValue, 1), anyValue(messages(keyValue, 2)[0]!)]));
}

function anyValue(any: Buffer): string | number | boolean {
  const [field] = fieldsOf(any);
  if (field === undefined) return '';
  if (field.number === 1) return (field.value as Buffer).toString();
  if (field.number === 2) return field.value === 1n;
  if (field.number === 3) return Number(field.value);
  const double = Buffer.alloc(8);
  double.writeBigUInt64LE(field.value as bigint);
  return double.readDoubleLE();
}

interface Field {
  readonly number: number;
  readonly value: bigint | Buffer;
}

const messages = (message: Buffer, wanted: number) =>
  fieldsOf(message).flatMap(({ number: found, value }) => (found === wanted ? [value as Buffer] : []));
const bytes = (message: Buffer, wanted: number) => messages(message, wanted)[0] ?? Buffer.alloc(0);
const text = (message: Buffer, wanted: number) => bytes(message, wanted).toString();
const number = (message: Buffer, wanted: number) => (fieldsOf(message).find((field) => field.number === wanted)?.value ?? 0n) as bigint;

/** Protocol Buffers, "Encoding": what has a length as bytes, the rest as a number. */
function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const fixed = (length: number) => {
    at += length;
    return length === 8 ? message.readBigUInt64LE(at - 8) : BigInt(message.readUInt32LE(at - 4));
  };
  const slice = (length: number) => {
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = Number(varint());
    const wireType = tag & 7;
    const value = wireType === 0 ? varint() : wireType === 2 ? slice(Number(varint())) : fixed(wireType === 1 ? 8 : 4);
    fields.push({ number: tag >> 3, value });
  }
  return fields;
}
