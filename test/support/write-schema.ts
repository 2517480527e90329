import { writeFileSync } from 'node:fs';
import { shippedReference } from './config-reference.ts';

// Run after a change of src/config/schema*.ts: node test/support/write-schema.ts
for (const { file, content } of shippedReference()) writeFileSync(file, content);
