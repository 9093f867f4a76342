// Figures and words as the command prints them.
import type { JobRow, Outcome, Phase } from "./types";

/** `$3.10`; below a cent two digits that mean something: `$0.0031`. */
export function usd(amount: number): string {
  const size = Math.abs(amount);
  if (size > 0 && size < 0.00005) return "<$0.0001";
  const digits = size === 0 || size >= 0.0995 ? 2 : size >= 0.00995 ? 3 : 4;
  return (amount < 0 ? "-$" : "$") + size.toFixed(digits);
}

export const perHour = (amount: number): string => `${usd(amount)}/h`;

/** Decimal units: `612 MB`. */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let unit = 0;
  while (Math.abs(count) >= 999.5 && unit < units.length - 1) {
    count /= 1000;
    unit++;
  }
  return `${unit === 0 || count >= 99.95 ? count.toFixed(0) : count.toFixed(1).replace(/\.0$/, "")} ${units[unit]}`;
}

/** Seconds as a clock: `1:31`, `2:05:40`, `3 d 04:00`. */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n: number): string => String(n).padStart(2, "0");
  if (s >= 86400) return `${Math.floor(s / 86400)} d ${two(Math.floor((s % 86400) / 3600))}:${two(Math.floor((s % 3600) / 60))}`;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

/** Seconds in words: `20 s`, `6 min`, `3.5 h`, `2 d`. */
export function span(seconds: number): string {
  const short = (n: number): string => n.toFixed(1).replace(/\.0$/, "");
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${short(seconds / 3600)} h` : `${short(seconds / 86400)} d`;
}

/** Seconds of the server's `[-][d.]hh:mm:ss[.fffffff]`. */
export function seconds(text: string): number {
  const m = /^(-)?(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(text);
  if (!m) return 0;
  return (m[1] ? -1 : 1) * (Number(m[2] ?? 0) * 86400 + Number(m[3]) * 3600 + Number(m[4]) * 60 + Number(m[5]));
}

/** Time of day, with the date when it is another day than today's. */
export function moment(at: string | number | Date): string {
  const when = new Date(at);
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
  return when.toDateString() === new Date().toDateString()
    ? `${two(when.getHours())}:${two(when.getMinutes())}:${two(when.getSeconds())}`
    : `${day} ${two(when.getHours())}:${two(when.getMinutes())}`;
}

export const percent = (fraction: number): string => `${Math.floor(fraction * 100)} %`;

export const count = (n: number, noun: string): string => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;

export const short = (id: string): string => id.slice(0, 12);

const phases: Record<Phase, string> = {
  Submitted: "submitted", Renting: "renting", Booting: "booting", Checking: "checking", Sending: "sending", Running: "running", Preempted: "preempted", Ending: "ending",
  BringingHome: "bringing home", AwaitingApproval: "verified", NeedsAttention: "needs attention", Destroying: "destroying", Closed: "closed",
};

const outcomes: Record<Outcome, string> = { Succeeded: "succeeded", Failed: "failed", NotRun: "not run", Unfinished: "unfinished", Cancelled: "cancelled" };

export type Tone = "good" | "bad" | "ask" | "busy" | "off";

/** A job's state in a word, and how it is to be taken. */
export function state(job: Pick<JobRow, "phase" | "outcome"> & { asks?: JobRow["asks"] }): { word: string; tone: Tone } {
  if (job.phase === "Closed" && job.outcome) return { word: outcomes[job.outcome], tone: job.outcome === "Succeeded" ? "off" : job.outcome === "Cancelled" ? "off" : "bad" };
  if (job.asks === "Yes" && job.phase === "AwaitingApproval") return { word: "needs your yes", tone: "ask" };
  if (job.asks === "Budget") return { word: "budget reached", tone: "ask" };
  if (job.phase === "NeedsAttention") return { word: phases.NeedsAttention, tone: "ask" };
  if (job.phase === "Preempted") return { word: phases.Preempted, tone: "bad" };
  return { word: phases[job.phase] ?? job.phase, tone: job.phase === "Running" ? "good" : "busy" };
}

/** `step 1840/60000  loss 1.92`. */
export function progress(p: { step: number; total?: number | undefined; loss?: number | undefined }): string {
  const step = p.total ? `step ${p.step}/${p.total}` : `step ${p.step}`;
  return p.loss === undefined ? step : `${step}  loss ${Number(p.loss.toFixed(4))}`;
}
