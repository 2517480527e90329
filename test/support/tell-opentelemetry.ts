import { registerHooks } from 'node:module';

// For `node --import`: names every module of OpenTelemetry on stderr as it is loaded, but for its API, which prom-client brings along.
registerHooks({
  load(url, context, nextLoad) {
    if (/\/@opentelemetry\/(?!api\/)/.test(url)) process.stderr.write(`loaded ${url}\n`);
    return nextLoad(url, context);
  },
});
