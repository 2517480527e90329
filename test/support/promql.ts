/**
 * An alert's expression without its thresholds: each comparison answers 0 or 1 (`> bool`) in place of leaving out what does not fulfil it. So it
 * has data exactly when all that it stands on has, whether the alert fires or not; of two sides of an `or` the first one shows.
 */
export function withoutThresholds(expr: string): string {
  return expr.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\{[^}]*\}|==|!=|>=|<=|[<>]/g, (part) =>
    /^[=!<>]/.test(part) ? `${part} bool` : part,
  );
}
