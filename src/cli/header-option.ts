import { InvalidArgumentError } from 'commander';

/** `-H, --header`, for the commands that say what a request has beside its event. */
export const headerOption = [
  '-H, --header <header>',
  'a header of the request, such as "accept-language: de"; may be given more than once',
  collectHeader,
  {},
] as const;

function collectHeader(text: string, headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):\s*(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('allowed is "NAME: VALUE".');
  return { ...headers, [name.toLowerCase()]: value };
}
