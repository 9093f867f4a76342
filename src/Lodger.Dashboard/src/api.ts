import type { Problem } from "./types";

/** An answer, or why there is none. Nothing here throws. */
export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem; status: number };

/** A page of this server sets it on what changes something; no other page can. */
const own = { "X-Lodger-Request": "1" };

export const isSignedOut = (answer: Answer<unknown>): boolean => !answer.ok && answer.status === 401;

async function ask<T>(path: string, init: RequestInit): Promise<Answer<T>> {
  try {
    const response = await fetch(path, { credentials: "same-origin", cache: "no-store", ...init });
    const text = await response.text();
    const body: unknown = text ? JSON.parse(text) : null;
    if (response.ok) return { ok: true, value: body as T };
    const problem = (body as { problem?: Problem } | null)?.problem;
    return { ok: false, status: response.status, problem: problem ?? { id: "unreadable", message: `The server answered ${response.status} without saying why.`, fix: "" } };
  } catch {
    return { ok: false, status: 0, problem: { id: "offline", message: "Lodger's server does not answer.", fix: "lodger server status", mayRetry: true } };
  }
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<Answer<T>> => ask<T>(path, signal ? { signal } : {});

export const post = <T>(path: string, body: unknown): Promise<Answer<T>> =>
  ask<T>(path, { method: "POST", headers: { ...own, "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** Signs this browser in: with a code that was printed, or the address with it, or an access token. */
export function signIn<T>(shown: string): Promise<Answer<T>> {
  const code = /^(?:.*#code=)?([0-9a-f]{64})$/.exec(shown)?.[1];
  return code ? post<T>("/v1/session", { code })
    : ask<T>("/v1/session", { method: "POST", headers: { ...own, "Content-Type": "application/json", Authorization: `Bearer ${shown.replace(/[^\x21-\x7e]/g, "")}` }, body: "{}" });
}

export const remove = (path: string): Promise<Answer<null>> => ask<null>(path, { method: "DELETE", headers: own });

export const jobPath = (job: string, rest = ""): string => `/v1/jobs/${encodeURIComponent(job)}${rest}`;
