import { writeFileSync } from 'node:fs';
import { shippedReference } from './config-reference.ts';
import { metricsReference } from './metrics-reference.ts';

// Run after a change of src/config/schema*.ts or of src/telemetry/registry.ts: npm run schema
for (const { file, content } of [...shippedReference(), metricsReference()]) writeFileSync(file, content);
