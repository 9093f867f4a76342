import { useState } from "preact/hooks";
import { jobPath, post } from "../api";
import type { Gate, Job, Problem, Session } from "../types";
import { bytes, count, short, usd } from "../words";
import { Command, Trouble } from "./ui";

const marks = { Met: ["ok", "met"], Lacking: ["--", "not yet"], Failed: ["!!", "failed"] } as const;

/** What must be true before a rental is destroyed, and the yes that is worth nothing without the rest. */
export function GateForm({ job, gate, session, onApproved }: { job: Job; gate: Gate; session: Session; onApproved: () => void }) {
  const [typed, setTyped] = useState("");
  const [named, setNamed] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const given = gate.judgement.conditions.some((c) => c.id === "approval" && c.state === "Met");
  const may = session.scopes.includes("Approve");
  const ready = typed.trim() === gate.rentalId && (gate.hashOnly.length === 0 || named) && !busy;
  const approve = async (e: Event): Promise<void> => {
    e.preventDefault();
    if (!ready || !gate.approvalToken) return;
    setBusy(true);
    const answer = await post<Job>(jobPath(job.id, "/approve"), { token: gate.approvalToken, by: session.name, names: gate.hashOnly });
    setBusy(false);
    setTyped("");
    setProblem(answer.ok ? null : answer.problem);
    onApproved();
  };
  return (
    <section class={`card gate ${gate.waitsForYes ? "asks" : ""}`} aria-labelledby={`gate-${gate.rentalId}`}>
      <h2 id={`gate-${gate.rentalId}`}>What must be true before {gate.rentalId} is destroyed</h2>
      {gate.isLeft && <p class="quiet">The work has left {gate.rentalId}.</p>}
      <ul class="conditions">
        {gate.judgement.conditions.map((c) => (
          <li key={c.id} class={c.state.toLowerCase()}><span class="mark" aria-hidden="true">{marks[c.state][0]}</span><span class="hidden">{marks[c.state][1]}: </span><span>{c.text}</span></li>
        ))}
      </ul>
      <dl class="lines">
        <div><dt>Destroys for good</dt><dd class="strong">{gate.deletes.join(", ")}</dd></div>
        <div><dt>Keeps</dt><dd>{gate.keeps ? `${gate.keeps.directory} (${bytes(gate.keeps.bytes)}), receipt ${short(gate.keeps.receiptId)}` : "nothing from this rental"}</dd></div>
        <div><dt>Cost so far</dt><dd>{gate.costSoFarUsd === undefined ? "unknown" : usd(gate.costSoFarUsd)}{job.expectedUsd !== undefined && `, plan said ${usd(job.expectedUsd)}`}; {job.market}</dd></div>
      </dl>
      {given ? <p role="status">Approved. {gate.rentalId} is asked once more what it holds, and destroyed.</p>
        : !gate.waitsForYes || !gate.approvalToken ? <p class="quiet">Nothing to approve yet.</p>
        : !may ? <p class="quiet">You may look, not approve. Who may: <Command text={`lodger down ${job.name}`} /></p>
        : (
          <form onSubmit={approve} class="approve">
            {gate.hashOnly.length > 0 && (
              <fieldset>
                <legend>Your yes covers {count(gate.hashOnly.length, "file")} that Lodger cannot open; only size and hash vouch for them:</legend>
                <ul class="names">{gate.hashOnly.map((n) => <li key={n}>{n}</li>)}</ul>
                <label><input type="checkbox" checked={named} onChange={(e) => setNamed(e.currentTarget.checked)} /> I have read these names</label>
              </fieldset>
            )}
            <label for={`type-${gate.rentalId}`}>Type <b>{gate.rentalId}</b> to destroy it</label>
            <div class="row start">
              <input id={`type-${gate.rentalId}`} inputMode="numeric" autocomplete="off" spellcheck={false} value={typed} onInput={(e) => setTyped(e.currentTarget.value)} />
              <button type="submit" class="danger" disabled={!ready}>Destroy {gate.rentalId}</button>
            </div>
          </form>
        )}
      {problem && <Trouble problem={problem} />}
    </section>
  );
}
