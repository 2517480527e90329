import { mkdirSync, writeFileSync } from 'node:fs';
import { dashboardFiles } from './all.ts';

// npm run dashboards
const folder = new URL('../dashboards/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const { name, content } of dashboardFiles()) writeFileSync(new URL(name, folder), content);
