import {
  ConstantVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { prometheus } from './frame.ts';

export const datasource = () => new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus');

/** Where the admin port serves docs/failure-modes.md; every panel links to its heading there. */
export const runbook = () => new ConstantVariableBuilder('runbook').label('Runbook').value('http://localhost:8081/runbook');

/** The values a label has in what was scraped. */
const ofLabel = (name: string, metric: string) =>
  new QueryVariableBuilder(name)
    .datasource(prometheus)
    .query({ query: `label_values(${metric}, ${name})`, refId: `${name}-values` })
    .definition(`label_values(${metric}, ${name})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);

/** All is one expression that takes everything: a list of ten thousand names would be no query any more. */
const several = (variable: QueryVariableBuilder) =>
  variable
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] });

export const instances = () => several(ofLabel('instance', 'runway_build_info')).label('Gateway');
export const functions = () => several(ofLabel('function', 'runway_requests_total')).label('Function');
export const consumers = () => several(ofLabel('consumer', 'runway_requests_total')).label('Consumer');
/** One that is configured: no `_unknown`. */
export const oneFunction = () => ofLabel('function', 'runway_requests_total').label('Function').regex('/^[^_].*/');
