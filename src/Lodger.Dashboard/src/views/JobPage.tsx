import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { jobPath } from "../api";
import { useLive } from "../live";
import { EventList } from "../parts/EventList";
import { FindingList } from "../parts/FindingList";
import { GateForm } from "../parts/GateForm";
import { LogView } from "../parts/LogView";
import { OfferList } from "../parts/OfferList";
import { Timeline } from "../parts/Timeline";
import { Badge, Bar, Command, Trouble, useAnswer, Waiting } from "../parts/ui";
import type { Gate, Job, LiveEvent, Session } from "../types";
import { bytes, clock, moment, percent, perHour, progress, seconds, short, span, usd } from "../words";

export function JobPage({ job: key, session }: { job: string; session: Session }) {
  const known = useLive(1000);
  const row = known.find(key);
  const events = known.jobEvents;
  const last = events.at(-1)?.entry.sequence ?? 0;
  // Asked again when the journal grew, when its row changed, and now and then for what stands in neither.
  const beat = Math.floor(Date.now() / (row?.phase === "Closed" ? 600_000 : 5000));
  const { answer, again } = useAnswer<Job>(jobPath(key), `${last} ${row?.phase} ${beat}`);
  const [kept, setKept] = useState<Job | null>(null);
  useEffect(() => { if (answer?.ok) setKept(answer.value); }, [answer]);
  const hasRental = kept !== null && kept.phase !== "Closed" && kept.rentalId !== undefined;
  const gates = useAnswer<Gate[]>(hasRental ? jobPath(kept.id, "/gate") : null, `${last} ${kept?.approvalToken}`);
  useEffect(() => { document.title = `${kept?.name ?? key}${row ? ` ${perHour(row.gpuUsdPerHour + row.diskUsdPerHour)}` : ""} · Lodger`; }, [kept?.name, row?.gpuUsdPerHour, row?.diskUsdPerHour]);

  if (kept === null) return answer && !answer.ok ? <Trouble problem={answer.problem} onAgain={again} /> : <Waiting lines={6} />;
  const asked = hasRental && gates.answer?.ok ? gates.answer.value : [];
  const asks = asked.filter((g) => g.waitsForYes);
  const isOpen = kept.phase !== "Closed";
  return (
    <article class="job">
      <p class="crumb"><a href="#/">Jobs</a> /</p>
      <div class="row title"><h1>{kept.name}</h1><Badge job={row ?? kept} /></div>
      <p class="quiet">{row ? `${row.gpu}${row.location ? ` in ${row.location}` : ""}` : ""}{kept.rentalId ? ` · rental ${kept.rentalId}` : ""} · {kept.market} · submitted {moment(kept.submittedAt)}</p>
      {kept.problem && <div class="note bad"><p class="strong">{kept.problem.message}</p>{kept.problem.fix && <p>{kept.problem.fix}</p>}</div>}
      {asks.map((g) => <GateForm key={g.rentalId} job={kept} gate={g} session={session} onApproved={() => { gates.again(); again(); }} />)}
      <Now job={kept} spent={row ? known.spent(row) : undefined} deadline={row?.deadline} />
      <section class="card" aria-labelledby="timeline"><h2 id="timeline">Timeline</h2><Timeline events={events} closedAt={isOpen ? undefined : row?.closedAt ?? events.at(-1)?.entry.at} /></section>
      {kept.doctor.length > 0 && <section class="card" aria-labelledby="findings"><h2 id="findings">Findings</h2><FindingList findings={kept.doctor} /></section>}
      <Log job={kept} />
      <Saved events={events} job={kept} />
      {asked.filter((g) => !g.waitsForYes).map((g) => <GateForm key={g.rentalId} job={kept} gate={g} session={session} onApproved={() => { gates.again(); again(); }} />)}
      <Journal events={events} />
      <Fold title="What it would cost to rent this now"><OfferList job={kept.id} /></Fold>
    </article>
  );
}

function Now({ job, spent, deadline }: { job: Job; spent: number | undefined; deadline: string | undefined }) {
  const meter = job.meter;
  const at = job.phase === "Running" ? job.progress : undefined;
  const fraction = at?.total ? at.step / at.total : !at && job.work?.progress.bytesTotal ? job.work.progress.bytesDone / job.work.progress.bytesTotal : undefined;
  const run = job.report?.runTime ? seconds(job.report.runTime) : 0;
  const work = job.work ? `${job.work.what} ${bytes(job.work.progress.bytesDone)}${job.work.progress.bytesTotal ? ` of ${bytes(job.work.progress.bytesTotal)}` : ""}` : "";
  const doing = at ? progress(at) : work || job.waiting;
  const sofar = meter.soFarUsd !== undefined ? usd(meter.soFarUsd) : spent !== undefined ? `~${usd(spent)}` : "–";
  const share = spent !== undefined && job.budgetUsd ? spent / job.budgetUsd : undefined;
  return (
    <section class="now-job" aria-label="Now">
      <div class="card meter">
        <p class="label">{meter.nothingBills ? "nothing is billing" : "Bills now"}</p>
        <p class="figure">{perHour(meter.gpuUsdPerHour + meter.diskUsdPerHour)}</p>
        <dl>
          <div><dt>GPU</dt><dd>{meter.gpuUsdPerHour > 0 ? perHour(meter.gpuUsdPerHour) : "off"}</dd></div>
          <div><dt>disk</dt><dd>{perHour(meter.diskUsdPerHour)}</dd></div>
          <div><dt>so far</dt><dd>{sofar}</dd></div>
          {job.expectedUsd !== undefined && <div><dt>plan said</dt><dd>{usd(job.expectedUsd)}</dd></div>}
          {job.budgetUsd !== undefined && <div><dt>budget</dt><dd>{usd(job.budgetUsd)}</dd></div>}
        </dl>
        {share !== undefined && <Bar fraction={share} label="share of the budget that is spent" />}
      </div>
      <div class="card">
        <p class="label">{job.phase === "Closed" ? `over${job.exitCode !== undefined ? `: the command exited ${job.exitCode}` : ""}` : "Now"}</p>
        <p class="doing">{doing || (job.phase === "Closed" ? " " : "no step is under way")}</p>
        {fraction !== undefined && <><Bar fraction={fraction} label="how far it is" /><p class="quiet">{percent(fraction)}{run > 0 && fraction > 0 && fraction < 1 && at ? `, about ${clock(run * (1 - fraction) / fraction)} to go` : ""}</p></>}
        <dl class="lines">
          {at && work && <div><dt>meanwhile</dt><dd>{work}</dd></div>}
          {deadline && <div><dt>deadline</dt><dd>{moment(deadline)}, in {span(Math.max(0, (Date.parse(deadline) - Date.now()) / 1000))}</dd></div>}
          {job.atRisk && <div><dt>at risk</dt><dd>{job.atRisk.ifPreempted ? span(seconds(job.atRisk.ifPreempted)) : "unknown"} if preempted, {job.atRisk.ifDiskLost ? span(seconds(job.atRisk.ifDiskLost)) : "unknown"} if its disk is lost</dd></div>}
          {job.cadence && <div><dt>checkpoints</dt><dd>every {span(seconds(job.cadence.every))}</dd></div>}
          {job.evidence && job.phase !== "Closed" && <div><dt>platform says</dt><dd>{job.evidence}</dd></div>}
          {job.nextStep && <div><dt>next</dt><dd><Command text={job.nextStep} /></dd></div>}
        </dl>
      </div>
    </section>
  );
}

function Log({ job }: { job: Job }) {
  const running = job.phase === "Running" || job.phase === "Ending";
  if (!running && job.report === undefined && job.receipt === undefined) return null;
  return <Fold title="Log" open><LogView key={`${job.id} ${job.attempt}`} job={job.id} bytes={job.report?.logBytes ?? 0} running={running} /></Fold>;
}

/** What of the work is off the machine. */
function Saved({ events, job }: { events: LiveEvent[]; job: Job }) {
  const mirrors = events.filter((e) => e.entry.event.kind === "checkpoint-mirrored").reverse();
  const receipts = events.filter((e) => e.entry.event.kind === "receipt-issued").reverse();
  return (
    <section class="card" aria-labelledby="saved">
      <h2 id="saved">Checkpoints and receipts</h2>
      {mirrors.length === 0 && receipts.length === 0 && job.findings.length === 0 && <p class="quiet">Nothing is off the machine yet.</p>}
      {receipts.map((e) => {
        const r = e.entry.event as unknown as { receiptId: string; files: number; loaded: number; bytes: number; path: string };
        return <p key={e.entry.sequence} class="receipt"><span class="badge off">receipt</span> <b>{short(r.receiptId)}</b>: {r.loaded} of {r.files} files load, {bytes(r.bytes)}, {moment(e.entry.at)} <span class="quiet path">{r.path}</span></p>;
      })}
      {job.findings.length > 0 && <ul class="names">{job.findings.map((f) => <li key={f.path}>{f.path}: {f.message}</li>)}</ul>}
      {mirrors.length > 0 && (
        <div class="wide" tabIndex={0} role="region" aria-label="Checkpoints">
          <table>
            <thead><tr><th scope="col">Checkpoint</th><th scope="col" class="number">Step</th><th scope="col" class="number">Size</th><th scope="col">Checked</th><th scope="col">Copied</th></tr></thead>
            <tbody>
              {mirrors.slice(0, 20).map((e) => {
                const m = e.entry.event as unknown as { path: string; step?: number; bytes: number; checked: string };
                return <tr key={e.entry.sequence}><th scope="row" class="path">{m.path}</th><td class="number">{m.step ?? "–"}</td><td class="number">{bytes(m.bytes)}</td><td>{m.checked}</td><td>{moment(e.entry.at)}</td></tr>;
              })}
            </tbody>
          </table>
        </div>
      )}
      {mirrors.length > 20 && <p class="quiet">and {mirrors.length - 20} older ones</p>}
    </section>
  );
}

function Journal({ events }: { events: LiveEvent[] }) {
  const [all, setAll] = useState(false);
  const newest = [...events].reverse();
  return (
    <section class="card" aria-labelledby="journal">
      <h2 id="journal">Journal</h2>
      {events.length === 0 ? <Waiting lines={4} /> : <EventList events={all ? newest : newest.slice(0, 25)} />}
      {!all && events.length > 25 && <button type="button" onClick={() => setAll(true)}>Show {events.length - 25} older</button>}
    </section>
  );
}

function Fold({ title, open, children }: { title: string; open?: boolean; children: ComponentChildren }) {
  const [isOpen, setOpen] = useState(open ?? false);
  return (
    <details class="card" open={isOpen} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary><h2>{title}</h2></summary>
      {isOpen && children}
    </details>
  );
}

