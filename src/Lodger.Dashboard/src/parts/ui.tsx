import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { get, type Answer } from "../api";
import type { JobRow, Problem } from "../types";
import { state } from "../words";

export function Badge({ job }: { job: Pick<JobRow, "phase" | "outcome"> & { asks?: JobRow["asks"] } }) {
  const { word, tone } = state(job);
  return <span class={`badge ${tone}`}>{word}</span>;
}

export function Bar({ fraction, label }: { fraction: number; label: string }) {
  return (
    <span class="bar" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.floor(fraction * 100)}>
      <span style={{ width: `${Math.min(100, fraction * 100)}%` }} />
    </span>
  );
}

/** Something that is not there yet, is empty, or failed: each says what to do. */
export function Note({ title, children, tone }: { title: string; children?: ComponentChildren; tone?: "bad" }) {
  return <div class={`note ${tone ?? ""}`}><p class="strong">{title}</p>{children}</div>;
}

export function Trouble({ problem, onAgain }: { problem: Problem; onAgain?: () => void }) {
  return (
    <div class="note bad" role="alert">
      <p class="strong">{problem.message}</p>
      {problem.fix && <p>{problem.fix}</p>}
      {onAgain && <button type="button" onClick={onAgain}>Try again</button>}
    </div>
  );
}

export function Waiting({ lines = 3 }: { lines?: number }) {
  return <div class="waiting" role="status"><span class="hidden">loading</span>{Array.from({ length: lines }, (_, i) => <span key={i} />)}</div>;
}

/** What a person would type next, with a way to take it along. */
export function Command({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <span class="command">
      <code>{text}</code>
      <button type="button" aria-label={`copy ${text}`} onClick={() => { void navigator.clipboard?.writeText(text).then(() => setCopied(true)); }}>{copied ? "copied" : "copy"}</button>
    </span>
  );
}

/** Longer than the server works on any answer: a connection that is dead, as after a computer slept, is asked anew. */
const ANSWER_MAX_MS = 180_000;

/** Asks once, again when `key` changes or on demand, and keeps what it had meanwhile. A question under way is waited for, not asked anew: answers may take longer than they are apart. */
export function useAnswer<T>(path: string | null, key: unknown = 0): { answer: Answer<T> | null; again: () => void } {
  const [answer, setAnswer] = useState<Answer<T> | null>(null);
  const [turn, setTurn] = useState(0);
  const asking = useRef<{ stop: AbortController; isBusy: boolean; isDue: boolean } | null>(null);
  useEffect(() => {
    const mine = asking.current = { stop: new AbortController(), isBusy: false, isDue: false };
    return () => mine.stop.abort();
  }, [path]);
  useEffect(() => {
    const mine = asking.current;
    if (path === null || mine === null) return;
    mine.isDue = true;
    if (mine.isBusy) return;
    mine.isBusy = true;
    void (async () => {
      while (mine.isDue) {
        mine.isDue = false;
        const got = await get<T>(path, AbortSignal.any([mine.stop.signal, AbortSignal.timeout(ANSWER_MAX_MS)]));
        if (mine.stop.signal.aborted) return;
        setAnswer(got);
      }
      mine.isBusy = false;
    })();
  }, [path, key, turn]);
  return { answer, again: () => setTurn((n) => n + 1) };
}
