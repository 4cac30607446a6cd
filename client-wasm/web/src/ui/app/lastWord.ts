// Which answer to "who is signed in" counts, where questions and signing in or out cross. Pure.
//
// Why it exists: a page asks who is signed in while somebody signs in by a link, and the answers come in any order. An
// answer that left the server before the sign-in would take the signed-in person back to the sign-in page.

export class LastWord {
  #turn = 0;

  /** A question begins; answers with whether its answer counts: no later question began, and nothing was settled since. */
  asked(): () => boolean {
    const mine = (this.#turn += 1);
    return () => this.#turn === mine;
  }

  /** One looks without taking the turn of a question; its answer counts as long as nothing was settled or asked since. */
  looked(): () => boolean {
    const mine = this.#turn;
    return () => this.#turn === mine;
  }

  /** Somebody is signed in or out now: whatever was asked before is out of date. */
  settled(): void {
    this.#turn += 1;
  }
}
