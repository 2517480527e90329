/** RFC 9110 section 5.5: anything else would fail, or split, the message it is written to. */
export function isFieldValue(text: unknown): text is string {
  return typeof text === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}
