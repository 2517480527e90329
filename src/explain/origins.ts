import type { Source } from '../config/source.ts';
import type { Origin, Part } from './explanation.ts';
import type { Wanted, WantedPart } from './wanted.ts';

/** Says of each setting where it stands, with one look at the text. */
export async function withOrigins(parts: readonly WantedPart[], source: Pick<Source, 'find'>): Promise<Part[]> {
  const paths = parts.flatMap(({ settings }) => settings.flatMap((setting) => setting.paths));
  const places = (await source.find(paths)).values();
  const originOf = ({ paths: candidates }: Wanted): Origin => {
    if (candidates.length === 0) return 'emulator';
    return candidates.map(() => places.next().value).find((place) => place !== undefined) ?? 'default';
  };
  return parts.map((part) => ({
    ...part,
    settings: part.settings.map((setting) => {
      const { key, value, says } = setting;
      return { key, value, says, from: originOf(setting) };
    }),
  }));
}
