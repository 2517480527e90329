import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { type Emulator, openEmulator } from '../../src/emulator/server.ts';

// The SDK writes a file below the home folder as soon as a client is built, and prints every failed request, secrets and all.
const home = mkdtempSync(join(tmpdir(), 'sdk-home-'));
vi.stubEnv('HOME', home);
const require = createRequire(import.meta.url);
require('@huaweicloud/huaweicloud-sdk-core/logger/log4jLogger.js').Logger4jInstance.level = 'off';

const { BasicCredentials } = require('@huaweicloud/huaweicloud-sdk-core');
const sdk = require('@huaweicloud/huaweicloud-sdk-functiongraph/v2/public-api.js');

const site = { region: 'cn-north-1', projectId: '7aad83af3e8d42e99ac194e8419e2c9b' };
const permanent = { accessKey: 'EXAMPLEAK', secretKey: 'ExampleSecretKey' };
const temporary = { accessKey: 'EXAMPLETEMPORARY', secretKey: 'ExampleTemporarySecretKey', securityToken: 'example-security-token' };
const urn = `urn:fss:${site.region}:${site.projectId}:function:default:hello`;

let emulator: Emulator;

beforeAll(async () => {
  emulator = await openEmulator({
    functionsDir: fileURLToPath(new URL('../../src/emulator/functions', import.meta.url)),
    port: 0,
    ...site,
    credentials: [permanent, temporary],
    clock: systemClock,
    random: Math.random,
    log: () => undefined,
  });
});

afterAll(async () => {
  await emulator.close();
  rmSync(home, { recursive: true, force: true });
});

function client({ accessKey, secretKey, securityToken }: { accessKey: string; secretKey: string; securityToken?: string } = permanent) {
  const credentials = new BasicCredentials().withAk(accessKey).withSk(secretKey).withProjectId(site.projectId);
  if (securityToken !== undefined) credentials.withSecurityToken(securityToken);
  return sdk.FunctionGraphClient.newBuilder()
    .withCredential(credentials)
    .withEndpoint(emulator.url)
    .withOptions({ axiosRequestConfig: { timeout: 10_000 } })
    .build();
}

const invocation = (version = 'latest') =>
  new sdk.InvokeFunctionRequest()
    .withFunctionUrn(`${urn}:${version}`)
    .withXCffLogType('tail')
    .withXCFFRequestVersion('v1')
    .withBody({ message: '你好 🌍' });

describe('the official SDK as a client', () => {
  test.each(['latest', 'v1', '!stable'])('invokes %s and reads the result and the log', async (version) => {
    const answer = await client().invokeFunction(invocation(version));
    expect(answer).toMatchObject({ httpStatusCode: 200, status: 200, 'X-Cff-Request-Id': answer.request_id });
    expect(JSON.parse(answer.result)).toEqual({ message: '你好 🌍', from: 'hello', version: version === 'latest' ? 'latest' : 'v1' });
    expect(answer.log).toContain(`Start invoke request '${answer.request_id}'`);
  });

  test('invokes with temporary credentials', async () => {
    expect(await client(temporary).invokeFunction(invocation())).toMatchObject({ status: 200 });
  });

  test('invokes asynchronously, and sees it succeed', async () => {
    const request = new sdk.AsyncInvokeFunctionRequest().withFunctionUrn(urn).withBody({ message: 'later' });
    const { httpStatusCode, request_id: id } = await client().asyncInvokeFunction(request);
    expect([httpStatusCode, id]).toEqual([202, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    const query = new sdk.ListAsyncInvocationsRequest().withFunctionUrn(urn).withRequestId(id);
    let status: string;
    do status = (await client().listAsyncInvocations(query)).invocations[0].status;
    while (status === 'RUNNING');
    expect(status).toBe('SUCCESS');
  });

  test('lists the functions, page by page', async () => {
    const list = (marker: string) => client().listFunctions(new sdk.ListFunctionsRequest().withMarker(marker).withMaxitems('3'));
    const first = await list('0');
    const second = await list(String(first.next_marker));
    const names = [...first.functions, ...second.functions].map((fn: { func_name: string }) => fn.func_name);
    expect(names).toEqual(['flaky', 'hello', 'image', 'primes', 'slow']);
  });

  test('reads a function’s configuration, versions and aliases', async () => {
    const config = await client().showFunctionConfig(new sdk.ShowFunctionConfigRequest().withFunctionUrn(urn));
    expect(config.func_urn).toBe(`${urn}:latest`);
    const { versions } = await client().listFunctionVersions(new sdk.ListFunctionVersionsRequest().withFunctionUrn(urn));
    expect(versions).toHaveLength(2);
  });

  test('is refused with a wrong secret, and told what the server would have signed', async () => {
    const failure = await client({ ...permanent, secretKey: 'wrong' })
      .invokeFunction(invocation())
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ httpStatusCode: 401, errorCode: 'APIGW.0301', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(failure.errorMsg).toContain(`verify aksk signature fail,canonicalRequest:POST|/v2/${site.projectId}/fgs/functions/urn%3Afss%3A`);
  });

  test('is refused with an access key nobody has, and without the security token of temporary credentials', async () => {
    const unknown = client({ ...permanent, accessKey: 'NOBODY' }).invokeFunction(invocation());
    await expect(unknown).rejects.toMatchObject({ httpStatusCode: 401, errorCode: 'APIGW.0301' });
    const { securityToken: _, ...tokenless } = temporary;
    await expect(client(tokenless).invokeFunction(invocation())).rejects.toMatchObject({ httpStatusCode: 401, errorCode: 'APIGW.0301' });
  });

  test('sees FunctionGraph’s own errors', async () => {
    const request = new sdk.InvokeFunctionRequest().withFunctionUrn(urn.replace('hello', 'nobody')).withBody({});
    await expect(client().invokeFunction(request)).rejects.toMatchObject({ httpStatusCode: 404, errorCode: 'FSS.1051' });
  });
});
