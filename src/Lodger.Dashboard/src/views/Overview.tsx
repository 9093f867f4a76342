import { useEffect, useMemo, useState } from "preact/hooks";
import { useLive } from "../live";
import { MoneyChart } from "../parts/Chart";
import { EventList } from "../parts/EventList";
import { Badge, Bar, Command, Note, Trouble, useAnswer, Waiting } from "../parts/ui";
import type { JobRow, MoneyHistory } from "../types";
import { count, moment, percent, perHour, progress, usd } from "../words";

const ranges = [[1, "1 h"], [24, "24 h"], [168, "7 d"], [720, "30 d"]] as const;
const shownAtOnce = 100;
const latelyMax = 14;
type Which = "open" | "closed" | "all";

export function Overview() {
  const known = useLive(1000);
  const rows = [...known.rows.values()];
  const open = rows.filter((r) => r.phase !== "Closed");
  const rate = open.reduce((sum, r) => sum + r.gpuUsdPerHour + r.diskUsdPerHour, 0);
  const asking = open.filter((r) => r.asks !== "Nothing");
  useEffect(() => {
    document.title = `${asking.length > 0 ? `(${asking.length}) ` : ""}${perHour(rate)} · Lodger`;
  }, [rate, asking.length]);
  return (
    <>
      <h1 class="hidden">Jobs and money</h1>
      <Money rows={rows} open={open} rate={rate} />
      <section class="asking" aria-label="Needs you" hidden={asking.length === 0}>
        {asking.slice(0, 8).map((r) => <Asking key={r.id} row={r} />)}
        {asking.length > 8 && <p class="quiet">and {asking.length - 8} more below</p>}
      </section>
      <div class="columns">
        <Jobs rows={rows} />
        <section class="lately" aria-labelledby="lately">
          <h2 id="lately">Lately</h2>
          {known.recent.length === 0 ? <p class="quiet">Nothing happened yet.</p> : <EventList events={known.recent.slice(0, latelyMax)} named />}
        </section>
      </div>
    </>
  );
}

function Money({ rows, open, rate }: { rows: JobRow[]; open: JobRow[]; rate: number }) {
  const known = useLive();
  const [chosen, setHours] = useState<number | null>(null);
  // Of jobs that all began lately a day would show nothing.
  const oldest = Math.min(...rows.map((r) => Date.parse(r.submittedAt)));
  const hours = chosen ?? (Date.now() - oldest > 2 * 3_600_000 ? 24 : 1);
  const [minute, setMinute] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) setMinute((m) => m + 1); }, 30_000);
    return () => clearInterval(timer);
  }, []);
  // Every change of what bills is drawn at once, and the line moves on twice a minute.
  const { answer, again } = useAnswer<MoneyHistory>(!known.loaded ? null : `/v1/money/history?hours=${hours}`, `${minute} ${rate}`);
  const gpu = open.reduce((sum, r) => sum + r.gpuUsdPerHour, 0);
  const spent = open.reduce((sum, r) => sum + known.spent(r), 0);
  const markets = [...new Set(rows.map((r) => known.market(r.account)?.market ?? r.account))];
  return (
    <section class="money" aria-label="Money">
      <div class="now">
        <p class="label" id="burning">{rate > 0 ? "Bills now" : "No job bills now"}</p>
        <p class="figure" aria-labelledby="burning">{known.loaded ? perHour(rate) : "–"}</p>
        <dl>
          <div><dt>GPU</dt><dd>{perHour(gpu)}</dd></div>
          <div><dt>disk</dt><dd>{perHour(rate - gpu)}</dd></div>
          <div><dt>a day at this rate</dt><dd>{usd(rate * 24)}</dd></div>
          <div><dt>open jobs so far</dt><dd>~{usd(spent)}</dd></div>
          <div><dt>open jobs</dt><dd>{open.length.toLocaleString("en")}</dd></div>
        </dl>
        <p class="quiet">{markets.length > 0 ? markets.join(", ") : "no market yet"}</p>
      </div>
      <div class="history">
        <div class="row">
          <h2>What billed</h2>
          <div class="choice" role="group" aria-label="Time shown">
            {ranges.map(([h, word]) => <button key={h} type="button" aria-pressed={hours === h} onClick={() => setHours(h)}>{word}</button>)}
          </div>
        </div>
        {answer === null ? <div class="chart"><Waiting lines={1} /></div> : answer.ok ? <MoneyChart history={answer.value} gpu={gpu} disk={rate - gpu} fits={chosen === null} /> : <Trouble problem={answer.problem} onAgain={again} />}
      </div>
    </section>
  );
}

function Asking({ row }: { row: JobRow }) {
  const word = row.asks === "Yes" && row.phase !== "AwaitingApproval" ? "goes on; a rental that it has left is home and verified, and kept until you say yes."
    : row.asks === "Yes" && row.isAdopted ? `was taken over: what was named of it is home and verified as it was then, and the work there may go on. It bills ${perHour(row.gpuUsdPerHour + row.diskUsdPerHour)} until you say yes.`
    : row.asks === "Yes" ? `is home and verified. ${row.rentalId ?? "Its rental"} is kept, and bills ${perHour(row.gpuUsdPerHour + row.diskUsdPerHour)}, until you say yes.`
    : row.asks === "Budget" ? `has reached its budget of ${usd(row.budgetUsd ?? 0)} and waits for another, or for its end.`
    : "stands still: something is in the way that only you can clear.";
  return (
    <a class="ask" href={`#/job/${encodeURIComponent(row.id)}`}>
      <span class="strong">{row.name}</span> {word}
    </a>
  );
}

function Jobs({ rows }: { rows: JobRow[] }) {
  const known = useLive();
  const [which, setWhich] = useState<Which>("open");
  const [text, setText] = useState("");
  const [most, setMost] = useState(shownAtOnce);
  const words = text.trim().toLowerCase();
  const fitting = useMemo(() => {
    const rank = (r: JobRow): number => (r.asks !== "Nothing" ? 0 : r.phase === "Closed" ? 2 : 1);
    return rows
      .filter((r) => (which === "all" || (r.phase === "Closed") === (which === "closed")) && (!words || `${r.name} ${r.id} ${r.gpu} ${r.location ?? ""} ${r.phase}`.toLowerCase().includes(words)))
      .sort((a, b) => rank(a) - rank(b) || (a.submittedAt < b.submittedAt ? 1 : -1));
  }, [rows, which, words]);
  return (
    <section class="jobs" aria-labelledby="jobs">
      <div class="row">
        <h2 id="jobs">Jobs</h2>
        <div class="choice" role="group" aria-label="Jobs shown">
          {(["open", "closed", "all"] as const).map((w) => <button key={w} type="button" aria-pressed={which === w} onClick={() => setWhich(w)}>{w}</button>)}
        </div>
        <input type="search" aria-label="Find a job" placeholder="Find" value={text} onInput={(e) => setText(e.currentTarget.value)} />
      </div>
      {!known.loaded ? <Waiting lines={5} />
        : rows.length === 0 ? <Note title="No job yet."><p>Try it for nothing, on the local marketplace:</p><p><Command text="lodger demo" /></p><p>Or price your own: <Command text="lodger plan job.yaml" /></p></Note>
        : fitting.length === 0 ? <Note title={words ? `No ${which === "all" ? "" : `${which} `}job has “${text.trim()}” in it.` : which === "open" ? "No job is open." : "No job was closed in the last week."} />
        : (
          <table>
            <thead><tr><th scope="col">Job</th><th scope="col">State</th><th scope="col">Now</th><th scope="col" class="number">$/h</th><th scope="col" class="number">So far</th><th scope="col" class="number">Plan said</th></tr></thead>
            <tbody>{fitting.slice(0, most).map((r) => <Row key={r.id} row={r} spent={known.spent(r)} />)}</tbody>
          </table>
        )}
      {fitting.length > most && <button type="button" onClick={() => setMost((m) => m + shownAtOnce)}>Show {Math.min(shownAtOnce, fitting.length - most)} more of {(fitting.length - most).toLocaleString("en")}</button>}
    </section>
  );
}

function Row({ row, spent }: { row: JobRow; spent: number }) {
  const rate = row.gpuUsdPerHour + row.diskUsdPerHour;
  const over = row.expectedUsd !== undefined && spent > row.expectedUsd && row.phase !== "Closed";
  return (
    <tr>
      <th scope="row">
        <a href={`#/job/${encodeURIComponent(row.id)}`}>{row.name}</a>
        <span class="quiet">{row.gpu}{row.location ? ` ${row.location}` : ""}{row.attempts > 1 ? ` · attempt ${row.attempts}` : ""}{row.preemptions > 0 ? ` · ${count(row.preemptions, "preemption")}` : ""}</span>
      </th>
      <td><Badge job={row} /></td>
      <td class="doing">
        {row.fraction !== undefined && <Bar fraction={row.fraction} label={`${row.name}: how far`} />}
        <span>{row.step !== undefined && row.phase === "Running" ? `${row.fraction !== undefined ? `${percent(row.fraction)}  ` : ""}${progress({ step: row.step, total: row.steps, loss: row.loss })}`
          : row.doing || (row.phase === "Closed" && row.closedAt ? `closed ${moment(row.closedAt)}` : `since ${moment(row.submittedAt)}`)}</span>
      </td>
      <td class="number">{rate > 0 ? usd(rate) : "–"}</td>
      <td class="number">{row.meteredAt ? `~${usd(spent)}` : "–"}</td>
      <td class={`number ${over ? "over" : ""}`}>{row.expectedUsd === undefined ? "–" : usd(row.expectedUsd)}{over && <span class="hidden"> is passed</span>}</td>
    </tr>
  );
}
