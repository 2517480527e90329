import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { alerts, rulesFolder } from '../support/prometheus-rules.ts';

interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
  }[];
}

const testsFolder = new URL('tests/', rulesFolder);
const testFiles = readdirSync(testsFolder).filter((name) => name.endsWith('.yml'));
const expectations = testFiles.flatMap((name) => {
  const { tests } = parse(readFileSync(new URL(name, testsFolder), 'utf8')) as RuleTests;
  return tests.flatMap(({ alert_rule_test }) => alert_rule_test ?? []);
});
const runbook = readFileSync(new URL('../../docs/failure-modes.md', import.meta.url), 'utf8');
const headings = new Set([...runbook.matchAll(/^#+ (\S+)$/gm)].map(([, heading]) => heading));

/** What it printed. Throws with that when it is not content. */
const promtool = (...args: string[]) => execFileSync('promtool', args, { cwd: rulesFolder, encoding: 'utf8' });

describe('promtool', () => {
  test('takes the configuration with the rules it names, without a duplicate among them', () => {
    expect(promtool('check', 'config', '--lint=all', '--lint-fatal', 'prometheus.yml')).toContain('SUCCESS: 2 rule files found');
    expect(promtool('check', 'rules', '--lint=all', '--lint-fatal', 'recording.yml', 'alerts.yml')).not.toContain('FAILED');
  });

  // Days of evaluations, some ten seconds of them.
  test.each(testFiles)('finds that the rules do what %s says', { timeout: 120_000 }, (name) => {
    expect(promtool('test', 'rules', `tests/${name}`)).toContain('SUCCESS');
  });
});

describe.each(alerts.map((alert) => [alert.alert, alert] as const))('%s', (name, { labels, annotations }) => {
  test('has a test in which it fires and one in which it is silent', () => {
    const told = expectations.filter(({ alertname }) => alertname === name).map(({ exp_alerts }) => exp_alerts.length > 0);
    expect(new Set(told)).toEqual(new Set([true, false]));
  });

  test('says whom it is for, and what is wrong with which number', () => {
    expect(labels.severity).toMatch(/^(page|ticket)$/);
    expect(annotations.summary).toMatch(/^[^\n]{20,}[.:]$/s);
    expect(annotations.description).toContain('First: ');
  });

  test('links to a heading that the runbook has', () => {
    const [, heading] = /^\{\{ with \$externalLabels\.runbook \}\}.*\{\{ end \}\}#(\S+)$/.exec(annotations.runbook_url)!;
    expect(headings).toContain(heading);
  });
});
