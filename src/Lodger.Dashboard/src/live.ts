// What the page knows, kept up to date by one stream of events. Views listen; nothing is polled while the stream is up.
import { useEffect, useReducer } from "preact/hooks";
import { get, isSignedOut } from "./api";
import type { Board, JobRow, LiveEvent, MarketClock, Problem } from "./types";

export type Link = "connecting" | "live" | "offline" | "signed-out" | "refused";

/** Entries that are kept of all jobs, for the list of what happened lately. */
const recentMax = 60;

/** Entries before now that a page begins with. */
const lookBack = 40;

/** A tab that nobody looks at is quiet after that. */
const hiddenFor = 10 * 60_000;

class Live {
  link: Link = "connecting";
  since = Date.now();
  loaded = false;
  refusal: Problem | null = null;
  build = "";
  rows = new Map<string, JobRow>();
  recent: LiveEvent[] = [];
  jobEvents: LiveEvent[] = [];
  private markets = new Map<string, MarketClock & { seenAt: number }>();
  private source: EventSource | null = null;
  private watched: string | null = null;
  private listeners = new Set<() => void>();
  private turn = 0;
  private retry = 0;
  private hiding = 0;
  private told = false;
  private begun = false;

  constructor() {
    document.addEventListener("visibilitychange", () => {
      clearTimeout(this.hiding);
      if (document.hidden) this.hiding = window.setTimeout(() => this.close(), hiddenFor);
      else if (this.begun && !this.source) void this.open();
    });
  }

  /** Begins, or goes on with another job in view. */
  watch(job: string | null): void {
    if (this.begun && this.watched === job) return;
    this.begun = true;
    this.watched = job;
    this.jobEvents = [];
    void this.open();
  }

  again(): void {
    void this.open();
  }

  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  find(job: string): JobRow | undefined {
    const direct = this.rows.get(job);
    if (direct) return direct;
    let newest: JobRow | undefined;
    for (const row of this.rows.values()) if (row.name === job && (!newest || row.submittedAt > newest.submittedAt)) newest = row;
    return newest;
  }

  market(account: string): MarketClock | undefined {
    return this.markets.get(account);
  }

  /** What a job has cost by now: metered by the journal, and from there at its rate. */
  spent(row: JobRow): number {
    const market = this.markets.get(row.account);
    if (!row.meteredAt || !market) return row.meteredUsd;
    const now = Date.parse(market.now) + (Date.now() - market.seenAt) * market.speed;
    return row.meteredUsd + Math.max(0, now - Date.parse(row.meteredAt)) / 3_600_000 * (row.gpuUsdPerHour + row.diskUsdPerHour);
  }

  private async open(): Promise<void> {
    this.close();
    clearTimeout(this.retry);
    const job = this.watched;
    const turn = ++this.turn;
    let after = "";
    if (job === null || !this.loaded) {
      const board = await get<Board>("/v1/board");
      if (turn !== this.turn) return;
      if (!board.ok && board.status === 403) {
        this.refusal = board.problem;
        return this.set("refused");
      }
      if (board.ok) {
        this.show(board.value);
        this.recent = [];
        after = `&after=${Math.max(0, board.value.last - lookBack)}`;
      }
    }
    const source = new EventSource(`/v1/events?live=true${job === null ? after : `&job=${encodeURIComponent(job)}`}`);
    this.source = source;
    source.addEventListener("begin", (e) => {
      // A stream that came back has missed no entry, but rows that changed meanwhile.
      if (JSON.parse((e as MessageEvent<string>).data).isReset) {
        this.recent = [];
        this.jobEvents = [];
      }
      void this.load(source);
    });
    source.addEventListener("journal", (e) => this.take(JSON.parse((e as MessageEvent<string>).data) as LiveEvent, job !== null));
    source.addEventListener("rows", (e) => {
      for (const row of JSON.parse((e as MessageEvent<string>).data) as JobRow[]) this.rows.set(row.id, row);
      this.tell();
    });
    source.onerror = () => {
      if (this.source !== source) return;
      // The browser tries again by itself, unless it was refused.
      if (source.readyState === EventSource.CLOSED) {
        this.source = null;
        this.retry = window.setTimeout(() => void this.open(), 3000);
      }
      void this.why();
    };
  }

  private async load(source: EventSource): Promise<void> {
    const board = await get<Board>("/v1/board");
    if (this.source !== source) return;
    if (!board.ok) return this.set(isSignedOut(board) ? "signed-out" : "offline");
    this.show(board.value);
    this.set("live");
  }

  private show(board: Board): void {
    this.rows = new Map(board.rows.map((r) => [r.id, r]));
    this.markets = new Map(board.markets.map((m) => [m.account, { ...m, seenAt: Date.now() }]));
    this.build = board.build;
    this.loaded = true;
    this.tell();
  }

  private async why(): Promise<void> {
    const answer = await get("/v1/session");
    if (isSignedOut(answer)) {
      this.close();
      this.set("signed-out");
    } else if (!answer.ok) this.set("offline");
  }

  private take(event: LiveEvent, ofOne: boolean): void {
    if (ofOne) {
      if (event.entry.sequence > (this.jobEvents.at(-1)?.entry.sequence ?? 0)) this.jobEvents = [...this.jobEvents, event];
    }
    else this.recent = [event, ...this.recent].slice(0, recentMax);
    if (!this.markets.has(this.rows.get(event.job)?.account ?? "") && this.source && this.loaded && (event.entry.event.kind === "job-submitted" || event.entry.event.kind === "rental-adopted")) void this.load(this.source);
    this.tell();
  }

  private close(): void {
    this.turn++;
    this.source?.close();
    this.source = null;
  }

  private set(link: Link): void {
    if (this.link !== link) this.since = Date.now();
    this.link = link;
    this.tell();
  }

  /** At most once a frame, however much comes at once. */
  private tell(): void {
    if (this.told) return;
    this.told = true;
    window.setTimeout(() => {
      this.told = false;
      for (const listener of [...this.listeners]) listener();
    }, 30);
  }
}

export const live = new Live();

/** Draws again when something changed, and with `everyMs` also as time passes. */
export function useLive(everyMs = 0): Live {
  const [, again] = useReducer((n: number) => n + 1, 0);
  useEffect(() => live.listen(() => again(undefined)), []);
  useEffect(() => {
    if (!everyMs) return;
    const timer = setInterval(() => { if (!document.hidden) again(undefined); }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return live;
}
