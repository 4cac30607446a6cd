// What a signed-in person can ask the API, through their own browser's cookie, and where the pages are.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

export class Plan {
  constructor(url, page, value) {
    this.url = url;
    this.page = page;
    this.value = value;
  }

  /** The sample plan as this person sees it. */
  static async of(url, page) {
    const { items } = await answer(await page.request.get(`${url}/api/v1/plans`));
    assert.equal(items.length, 1, "the demo has one plan");
    return new Plan(url, page, await answer(await page.request.get(`${url}/api/v1/plans/${items[0].id}`)));
  }

  get chapters() {
    return this.value.chapters;
  }

  /** The address of a page of this plan. */
  path(rest) {
    return `${this.url}/plannen/${this.value.id}/${rest}`;
  }

  async get(rest) {
    return answer(await this.page.request.get(this.#api(rest)));
  }

  /** A command, answered; throws when it is refused. */
  async post(rest, data, headers = {}) {
    return answer(await this.try("POST", rest, data, headers));
  }

  /** A command as it stands, refusals included. */
  async try(method, rest, data, headers = {}) {
    const all = { "Idempotency-Key": randomUUID(), Origin: this.url, ...headers };
    return this.page.request.fetch(this.#api(rest), { method, data, headers: all });
  }

  #api(rest) {
    return `${this.url}/api/v1/plans/${this.value.id}${rest}`;
  }
}

async function answer(response) {
  assert.ok(response.ok(), `${response.url()}: ${response.status()} ${await response.text()}`);
  return response.json();
}
