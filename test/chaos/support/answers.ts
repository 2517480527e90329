/** What FunctionGraph answers, as text of HTTP. */
function http(status: string, body: string, more = ''): string {
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

const summary = 'X-Cff-Invoke-Summary: {"duration":1.5,"billingDuration":2,"memorySize":128,"memoryUsed":40}\r\n';
export const result = http('200 OK', '{"ran":true}', summary);
export const serviceError = http('500 Internal Server Error', '{"error_code":"FSS.0500","error_msg":"Internal server error."}');
export const throttled = http('429 Too Many Requests', '{"error_code":"FSS.0429","error_msg":"Too many requests."}');

export function numbered(number: number): string {
  return http('200 OK', `{"execution":${number}}`, summary);
}

/** Request id and trace are each call's own, and not for the function to see. */
export function echo(request: string): string {
  const [head = '', event = ''] = request.split('\r\n\r\n');
  const fields = head.split('\r\n').filter((line) => !/^(?:x-request-id:|traceparent:|tracestate:)/i.test(line));
  return http('200 OK', JSON.stringify({ fields, event }), summary);
}
