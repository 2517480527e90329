import type { Explanation, Origin, Part, Setting } from '../explain/explanation.ts';

interface Row {
  readonly label: string;
  readonly text: string;
  readonly origin: string;
}

/** Origins stand in a column of their own; a text that is longer than this pushes its own aside and not all others. */
const widestText = 72;

/** An explanation for people: the verdict, then the path in aligned lines, each setting with where it stands. */
export function explanationText(explanation: Explanation): string {
  const rows = explanation.parts.flatMap(rowsOf);
  const labelWidth = Math.max(...rows.map(({ label }) => label.length));
  const textWidth = Math.max(...rows.map(({ text }) => text.length).filter((width) => width <= widestText));
  const lines = rows.map(({ label, text, origin }) => `${label.padEnd(labelWidth)}  ${text.padEnd(textWidth)}  ${origin}`.trimEnd());
  const { function: name, consumer, verdict } = explanation;
  const call = `A call of ${name} by ${consumer} ${verdict.says}.`;
  return `${[call, '', ...lines, ...notesOf(explanation)].join('\n')}\n`;
}

function rowsOf({ part, name, says, settings }: Part): Row[] {
  const label = name === undefined ? part : `${part} ${name}`;
  const texts = [...(says === '' ? [] : [{ text: says, origin: '' }]), ...groupsOf(settings)];
  return texts.map((text, index) => ({ label: index === 0 ? label : '', ...text }));
}

/** Settings that stand in one line share one, as far as it reaches. */
function groupsOf(settings: readonly Setting[]): { readonly text: string; readonly origin: string }[] {
  const groups: Setting[][] = [];
  for (const setting of settings) {
    const last = groups.at(-1);
    const fits = last !== undefined && textOf([...last, setting]).length <= widestText;
    if (fits && standsWith(last[0]!.from, setting.from)) last.push(setting);
    else groups.push([setting]);
  }
  return groups.map((group) => ({ text: textOf(group), origin: originText(group.map(({ from }) => from)) }));
}

function textOf(settings: readonly Setting[]): string {
  return settings.map(({ says }) => says).join(', ');
}

function standsWith(one: Origin, other: Origin): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other;
  return one.file === other.file && one.line === other.line;
}

/** Of settings that stand together. */
function originText(origins: readonly Origin[]): string {
  const places = origins.filter((origin) => typeof origin !== 'string');
  const [first] = places;
  if (first === undefined) return String(origins[0]);
  const key = commonKey(places.map((place) => place.key));
  const variables = [...new Set(places.flatMap((place) => place.variables ?? []))].map((name) => `\${${name}}`);
  const about = [key, ...variables].filter((each) => each !== '').join(', ');
  return `${first.file}${first.line === undefined ? '' : `:${first.line}`}${about === '' ? '' : ` (${about})`}`;
}

/** `defaults.retry` of `defaults.retry.attempts` and `defaults.retry.on`. */
function commonKey([first = '', ...others]: readonly string[]): string {
  const steps = first.split(/(?=[.[])/);
  const lead = (length: number) => steps.slice(0, length).join('');
  const isShared = (key: string, head: string) => key === head || key.startsWith(`${head}.`) || key.startsWith(`${head}[`);
  let length = steps.length;
  while (!others.every((key) => isShared(key, lead(length))) && length > 0) length--;
  return lead(length);
}

function notesOf({ asked, config: { file, generated, changed } }: Explanation): string[] {
  const notes = [
    ...(asked === 'file' ? ['No gateway was asked: what is used of limits, what is kept, circuits and places are not known.'] : []),
    ...(generated ? ['The configuration is made of a folder: there are no lines to look up.'] : []),
    ...(changed ? [`${file} has changed since the gateway loaded it: the lines are those of the file as it was.`] : []),
  ];
  return notes.length === 0 ? [] : ['', ...notes];
}
