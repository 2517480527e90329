import { cpus, release, totalmem } from 'node:os';

/** What the figures were measured on: without it they mean nothing. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  readonly kernel: string;
  readonly date: string;
}

export function thisMachine(epochMs: number): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    kernel: release(),
    date: new Date(epochMs).toISOString().slice(0, 16),
  };
}

export function machineLine({ cpu, cores, memoryGb, node, kernel, date }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGb} GB, Linux ${kernel}, Node ${node}, ${date}Z`;
}
