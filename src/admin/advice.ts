import type { AdviceReport } from '../advice/memory-watch.ts';
import { only, type Plane } from '../http/plane.ts';
import { headersFor } from './json.ts';
import { sliced, slicedJson } from './sliced.ts';

/** What is advised for the memory of each function of the configuration in force. */
export interface AdviceControl {
  adviceFor(): Promise<AdviceReport>;
}

/** `GET /admin/advice`. */
export function routeAdvice(app: Plane, advice: AdviceControl): void {
  app.get('/admin/advice', async (c) => {
    const { functions, ...rest } = await advice.adviceFor();
    return sliced(slicedJson(rest, 'functions', functions), { ...headersFor(c), 'content-type': 'application/json' });
  });
  app.all('/admin/advice', only('GET, HEAD'));
}
