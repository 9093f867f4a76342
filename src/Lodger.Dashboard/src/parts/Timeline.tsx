import type { LiveEvent } from "../types";
import { clock, count, moment } from "../words";

type Kind = "boot" | "up" | "work" | "preempted" | "stopped" | "offline" | "idle";
interface Stretch { kind: Kind; from: number; to: number }
interface Mark { kind: "preempted" | "mirror" | "moved" | "receipt" | "yes"; at: number; says: string }
interface Lane { attempt: number; rental: string; stretches: Stretch[]; marks: Mark[]; isOver: boolean }

const words: Record<Kind, string> = { boot: "boots", up: "up, not at work", work: "at work", preempted: "preempted", stopped: "stopped, its disk bills", offline: "offline", idle: "over, still bills" };
const ofStatus: Record<string, Kind> = { Provisioning: "boot", Loading: "boot", Running: "up", Preempted: "preempted", Scheduling: "preempted", Stopped: "stopped", Exited: "stopped", CannotStart: "stopped", Offline: "offline" };

/** A lane for each attempt: what its rental did, and when. From the journal alone. */
export function lanes(events: LiveEvent[], now: number): Lane[] {
  const all = new Map<number, Lane & { ended: boolean }>();
  for (const { entry, text } of events) {
    const e = entry.event;
    const at = Date.parse(entry.at);
    const number = typeof e.attempt === "number" ? e.attempt : 0;
    if (number === 0) continue;
    let lane = all.get(number);
    if (!lane) all.set(number, lane = { attempt: number, rental: "", stretches: [], marks: [], isOver: false, ended: false });
    const become = (kind: Kind | null): void => {
      const last = lane.stretches.at(-1);
      if (last && last.to === Infinity) {
        if (last.kind === kind) return;
        last.to = at;
      }
      if (kind) lane.stretches.push({ kind, from: at, to: Infinity });
    };
    const mark = (kind: Mark["kind"]): void => { lane.marks.push({ kind, at, says: `${text.word}: ${text.sentence}` }); };
    switch (e.kind) {
      case "rented":
        lane.rental = String(e.rentalId);
        become("boot");
        break;
      case "rental-changed": {
        const kind = ofStatus[String(e.status)];
        if (!kind || lane.isOver) break;
        become(kind === "up" && lane.ended ? "idle" : kind);
        if (e.status === "Preempted") mark("preempted");
        break;
      }
      case "job-started": case "run-restarted": case "resume-seen": case "stall-over":
        if (!lane.ended) become("work");
        break;
      case "job-ended":
        lane.ended = true;
        become("idle");
        break;
      case "rental-stopped": become("stopped"); break;
      case "checkpoint-mirrored": mark("mirror"); break;
      case "move-decided": mark("moved"); break;
      case "receipt-issued": mark("receipt"); break;
      case "approved": mark("yes"); break;
      case "destroy-confirmed": case "rental-vanished":
        lane.isOver = true;
        become(null);
        break;
    }
  }
  for (const lane of all.values()) {
    const last = lane.stretches.at(-1);
    if (last && last.to === Infinity) last.to = now;
  }
  return [...all.values()].filter((l) => l.stretches.length > 0).sort((a, b) => a.attempt - b.attempt);
}

export function Timeline({ events, closedAt }: { events: LiveEvent[]; closedAt?: string | undefined }) {
  const now = closedAt ? Date.parse(closedAt) : Date.now();
  const drawn = lanes(events, now);
  const from = events[0] ? Date.parse(events[0].entry.at) : now;
  const last = Math.max(now, ...drawn.flatMap((l) => l.stretches.map((s) => s.to)));
  const length = Math.max(1000, last - from);
  const x = (at: number): string => `${Math.min(100, Math.max(0, (at - from) / length * 100))}%`;
  const used = [...new Set(drawn.flatMap((l) => l.stretches.map((s) => s.kind)))];
  const marked = new Set(drawn.flatMap((l) => l.marks.map((m) => m.kind)));
  const says = drawn.map((l) => `Attempt ${l.attempt} on ${l.rental}: ${l.stretches.map((s) => `${words[s.kind]} for ${clock((s.to - s.from) / 1000)}`).join(", ")}; ${count(l.marks.filter((m) => m.kind === "mirror").length, "checkpoint")} copied off it.`).join(" ");
  if (drawn.length === 0) return <p class="quiet">Nothing is rented yet.</p>;
  return (
    <div class="timeline">
      <div role="img" aria-label={says}>
        {drawn.map((l) => (
          <div class="lane" key={l.attempt}>
            <span class="name">{l.attempt} <span class="quiet">{l.rental}</span></span>
            <div class="track">
              {l.stretches.map((s, i) => <span key={i} class={`stretch ${s.kind}`} title={`${words[s.kind]}, ${clock((s.to - s.from) / 1000)}`} style={{ left: x(s.from), width: `max(2px, ${(s.to - s.from) / length * 100}%)` }} />)}
              {l.marks.slice(-300).map((m, i) => <span key={i} class={`mark ${m.kind}`} title={m.says} style={{ left: x(m.at) }} />)}
            </div>
          </div>
        ))}
        <div class="scale"><span>{moment(from)}</span><span>{clock(length / 1000)}</span><span>{closedAt ? moment(last) : "now"}</span></div>
      </div>
      <ul class="keys">
        {used.map((k) => <li key={k}><span class={`swatch ${k}`} />{words[k]}</li>)}
        {marked.has("mirror") && <li><span class="swatch mark mirror" />checkpoint copied off</li>}
        {marked.has("preempted") && <li><span class="swatch mark preempted" />bid lost</li>}
        {marked.has("moved") && <li><span class="swatch mark moved" />goes on elsewhere</li>}
        {marked.has("receipt") && <li><span class="swatch mark receipt" />home and verified</li>}
        {marked.has("yes") && <li><span class="swatch mark yes" />approved</li>}
      </ul>
    </div>
  );
}
