// The addresses that this page read last.
//
// Why it exists: a page that is left open for weeks reads ever other addresses. What is asked for again (by the worker that
// keeps answers, or after an erasure) are the newest of them.

export class Addresses {
  readonly #max: number;
  readonly #known = new Set<string>();

  /** Keeps so many. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Notes that an address was read now; the one that was read longest ago goes where there is no room. */
  add(address: string): void {
    this.#known.delete(address);
    this.#known.add(address);
    const [oldest] = this.#known;
    if (this.#known.size > this.#max && oldest !== undefined) this.#known.delete(oldest);
  }

  /** The address that was read last comes first. */
  get newest(): readonly string[] {
    return [...this.#known].toReversed();
  }
}
