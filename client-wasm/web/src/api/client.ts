// The one place where pages talk HTTP: typed by the contract, with errors as `ApiError`.
import createClient from "openapi-fetch";
import { Addresses } from "./addresses.ts";
import { connection, keptAt } from "./connection.ts";
import { ApiError, asApiError, errorOf } from "./problem.ts";
import type { paths } from "./schema.ts";

export const api = createClient<paths>({ baseUrl: "/api/v1", credentials: "same-origin" });

/** As many as a plan with its chapters and commitments has, as one person looks at it. */
const ADDRESSES_MAX = 200;
const read = new Addresses(ADDRESSES_MAX);

/** The addresses that this page read, the newest first. */
export function addressesRead(): readonly string[] {
  return read.newest;
}

let shown: string | null = null;

/** Says whom the page shows (`whoOf`): every command is meant for them, and the server refuses it when it is somebody else's. */
export function showing(who: string | null): void {
  shown = who;
}

api.use({
  onRequest: ({ request }) => {
    if (request.method === "GET") read.add(request.url);
    else if (shown !== null) request.headers.set("Schrijftafel-Acts-As", shown);
  },
  onResponse: ({ response }) => connection.learn(response),
  onError: ({ error }) => {
    if (!(error instanceof DOMException && error.name === "AbortError")) connection.learn(null);
  },
});

type SignedInListener = (who: "nobody" | "another") => void;
const signedInListeners = new Set<SignedInListener>();

/** Calls `listener` when something that a person did failed because nobody is signed in, or somebody else. */
export function onNotOneself(listener: SignedInListener): () => void {
  signedInListeners.add(listener);
  return () => signedInListeners.delete(listener);
}

/**
 * Says that what a person did failed in this way. What a page asks by itself in the background is not said: nobody is
 * taken away from what they do by a question that is not theirs.
 */
export function failedByPerson({ code }: ApiError): void {
  if (code === "not-signed-in") for (const listener of signedInListeners) listener("nobody");
  if (code === "somebody-else") for (const listener of signedInListeners) listener("another");
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The value of an answer with its `ETag`. */
export interface Tagged<T> {
  readonly value: T;
  readonly etag: string;
  /** When the server gave it, if it is one that this device kept. */
  readonly keptAt: Date | null;
}

/** The answer's value, or the problem thrown. */
export async function valueOf<T>(request: Promise<Answer<T>>): Promise<T> {
  const answer = await settled(request);
  if (answer.data === undefined) throw new ApiError("server-trouble", answer.response.status, "empty answer");
  return answer.data;
}

/** The answer's value with the revision it has. */
export async function taggedValueOf<T>(request: Promise<Answer<T>>): Promise<Tagged<T>> {
  const answer = await settled(request);
  if (answer.data === undefined) throw new ApiError("server-trouble", answer.response.status, "empty answer");
  return { value: answer.data, etag: answer.response.headers.get("ETag") ?? "*", keptAt: keptAt(answer.response) };
}

/** The answer's value with its `ETag`, or null when it is still the one that was sent as `If-None-Match`. */
export async function changedValueOf<T>(request: Promise<Answer<T>>): Promise<Tagged<T> | null> {
  const answer = await answered(request);
  return answer.response.status === 304 ? null : await taggedValueOf(Promise.resolve(answer));
}

/** Waits for an answer without a body. */
export async function done(request: Promise<Answer<unknown>>): Promise<void> {
  await settled(request);
}

async function answered<T>(request: Promise<Answer<T>>): Promise<Answer<T>> {
  try {
    return await request;
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === "AbortError") throw thrown;
    throw asApiError(thrown);
  }
}

async function settled<T>(request: Promise<Answer<T>>): Promise<Answer<T>> {
  const answer = await answered(request);
  if (answer.response.ok) return answer;
  throw errorOf(answer.response.status, answer.error);
}

/** A fresh UUID; also where the page is served without TLS and `crypto.randomUUID` is missing. */
export function newKey(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
