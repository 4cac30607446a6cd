// Times as people in the region read them: Europe/Amsterdam, the day named when it is near.
//
// Pure: "now" and the words arrive as arguments, so that every case is tested.

export const TIME_ZONE = "Europe/Amsterdam";

/** Words and locale of one language. */
export interface DateWords {
  readonly locale: string;
  readonly today: string;
  readonly yesterday: string;
}

/** "vandaag 14:05", "gisteren 9:12", "7 december 14:05", "7 december 2025 14:05". */
export function moment(at: Date, now: Date, words: DateWords): string {
  return `${dayWords(at, now, words)} ${clock(at, words)}`;
}

/** "vandaag", "gisteren", "7 december", "7 december 2025". */
export function dayWords(at: Date, now: Date, words: DateWords): string {
  const away = dayNumber(now) - dayNumber(at);
  if (away === 0) return words.today;
  if (away === 1) return words.yesterday;
  return day(at, now, words);
}

/** "7 december" in this year, else "7 december 2025". */
export function day(at: Date, now: Date, words: DateWords): string {
  const sameYear = localParts(at).year === localParts(now).year;
  return new Intl.DateTimeFormat(words.locale, {
    timeZone: TIME_ZONE,
    day: "numeric",
    month: "long",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(at);
}

/** "7 december 2025, 14:05": for what is kept or said to others, where "today" means nothing later. */
export function fullMoment(at: Date, words: DateWords): string {
  const date = new Intl.DateTimeFormat(words.locale, { timeZone: TIME_ZONE, day: "numeric", month: "long", year: "numeric" }).format(at);
  return `${date}, ${clock(at, words)}`;
}

/** "14:05". */
export function clock(at: Date, words: DateWords): string {
  return new Intl.DateTimeFormat(words.locale, { timeZone: TIME_ZONE, hour: "2-digit", minute: "2-digit" }).format(at);
}

/** "vandaag 14:05:37". */
export function momentToSecond(at: Date, now: Date, words: DateWords): string {
  const clockToSecond = new Intl.DateTimeFormat(words.locale, { timeZone: TIME_ZONE, hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at);
  return `${dayWords(at, now, words)} ${clockToSecond}`;
}

/** "vandaag 14:05–14:20", or both moments in full when the day differs. */
export function span(from: Date, to: Date, now: Date, words: DateWords): string {
  if (clock(from, words) === clock(to, words) && dayNumber(from) === dayNumber(to)) return moment(from, now, words);
  if (dayNumber(from) === dayNumber(to)) return `${moment(from, now, words)}–${clock(to, words)}`;
  return `${moment(from, now, words)} – ${moment(to, now, words)}`;
}

/** A local date of the plan (`2026-12-31`) in words: "31 december 2026". */
export function localDate(date: string, words: DateWords): string {
  const at = new Date(`${date}T12:00:00Z`);
  if (Number.isNaN(at.getTime())) return date;
  return new Intl.DateTimeFormat(words.locale, { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" }).format(at);
}

/** Whether a local date of the plan has begun: what should be done before it is late. */
export function hasBegun(date: string, now: Date): boolean {
  return new Date(startOfLocalDate(date)).getTime() <= now.getTime();
}

/** The first instant of a local date of the plan, as RFC 3339: what `from` and `until` filters send. */
export function startOfLocalDate(date: string): string {
  const guess = new Date(`${date}T00:00:00Z`);
  return new Date(guess.getTime() - offsetMs(new Date(guess.getTime() - offsetMs(guess)))).toISOString();
}

/** The local date after this one. */
export function nextLocalDate(date: string): string {
  const at = new Date(`${date}T12:00:00Z`);
  return new Date(at.getTime() + 86_400_000).toISOString().slice(0, 10);
}

function localParts(at: Date): { year: number; month: number; day: number; hour: number; minute: number; second: number } {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: TIME_ZONE,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const parts = new Map(format.formatToParts(at).map((part) => [part.type, Number(part.value)]));
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  return { year: of("year"), month: of("month"), day: of("day"), hour: of("hour"), minute: of("minute"), second: of("second") };
}

function dayNumber(at: Date): number {
  const local = localParts(at);
  return Math.round(Date.UTC(local.year, local.month - 1, local.day) / 86_400_000);
}

function offsetMs(at: Date): number {
  const local = localParts(at);
  const asUtc = Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second);
  return asUtc - Math.floor(at.getTime() / 1000) * 1000;
}
