// Everything that can go wrong between a page and the server, as one error with a code the pages translate.
import type { Problem } from "./types.ts";

const PREFIX = "urn:schrijftafel:problem:";

/** A failed request: an answer of the server, or no answer at all (`no-connection`). */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, detail: string) {
    super(detail);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
  }

  /** Whether trying the very same request again can help. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** The error an answer stands for; answers of proxies may hold no problem details. */
export function errorOf(status: number, body: unknown): ApiError {
  const problem = isProblem(body) ? body : undefined;
  const type = problem?.type ?? "";
  const code = type.startsWith(PREFIX) ? type.slice(PREFIX.length) : fallbackCode(status);
  return new ApiError(code, status, problem?.detail ?? problem?.title ?? `status ${status}`);
}

/** What a thrown thing is, for pages that show it. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  return new ApiError("no-connection", 0, thrown instanceof Error ? thrown.message : String(thrown));
}

function isProblem(body: unknown): body is Partial<Problem> {
  return typeof body === "object" && body !== null;
}

function fallbackCode(status: number): string {
  if (status === 401) return "not-signed-in";
  if (status === 403) return "not-allowed";
  if (status === 404) return "not-found";
  if (status === 412) return "revision-mismatch";
  if (status === 413) return "too-large";
  return status >= 500 ? "server-trouble" : "bad-request";
}
