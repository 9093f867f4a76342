import { useEffect, useState } from "preact/hooks";
import { get, jobPath, type Answer } from "../api";
import type { Plan } from "../types";
import { moment, percent, seconds, span, usd } from "../words";
import { Trouble, Waiting } from "./ui";

const shown = 12;

/** What a job would cost if it were rented for now, on each offer that fits: expected totals, the cheapest first. */
export function OfferList({ job }: { job: string }) {
  const [answer, setAnswer] = useState<Answer<Plan> | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let here = true;
    setAnswer(null);
    void get<Plan>(jobPath(job, "/plan")).then((a) => { if (here) setAnswer(a); });
    return () => { here = false; };
  }, [job, turn]);
  if (answer === null) return <Waiting lines={5} />;
  if (!answer.ok) return <Trouble problem={answer.problem} onAgain={() => setTurn((n) => n + 1)} />;
  const { plan, market, account } = answer.value;
  const most = Math.max(...plan.offers.slice(0, shown).map((o) => o.totalUsd), 0.0001);
  const isBid = plan.offers[0]?.bidUsdPerHour !== undefined;
  return (
    <>
      <p class="quiet">{market}{account && `, balance ${usd(account.balanceUsd)}`}. Bars: GPU, disk, what is moved.</p>
      <div class="wide" tabIndex={0} role="region" aria-label="Offers">
        <table class="offers">
          <thead><tr><th scope="col">Offer</th><th scope="col">GPU</th><th scope="col" class="number">Reliability</th><th scope="col" class="number">{isBid ? "Bid $/h" : "$/h"}</th><th scope="col" class="number">Boot</th><th scope="col" class="number">Expected total</th><th scope="col"><span class="hidden">Made up of</span></th><th scope="col" class="number">Done</th><th scope="col">Why not</th></tr></thead>
          <tbody>
            {plan.offers.slice(0, shown).map((o, i) => (
              <tr key={o.offer.id} class={i === 0 ? "chosen" : ""}>
                <th scope="row">{o.offer.id} <span class="quiet">{o.offer.location}</span></th>
                <td>{o.offer.gpuCount > 1 ? `${o.offer.gpuCount}x ` : ""}{o.offer.gpuName}</td>
                <td class="number">{o.offer.reliability === undefined ? "–" : percent(o.offer.reliability)}</td>
                <td class="number">{usd(o.usdPerHour)}</td>
                <td class="number">{span(seconds(o.boot))}</td>
                <td class="number strong">{usd(o.totalUsd)}</td>
                <td><span class="parts" aria-hidden="true"><span class="gpu" style={{ width: `${o.gpuUsd / most * 100}%` }} /><span class="disk" style={{ width: `${o.diskUsd / most * 100}%` }} /><span class="moved" style={{ width: `${o.transferUsd / most * 100}%` }} /></span></td>
                <td class="number">{moment(Date.now() + (seconds(o.boot) + seconds(o.work)) * 1000).slice(-8)}</td>
                <td class="quiet">{i === 0 ? "the cheapest in all" : o.whyNot}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {plan.offers.length > shown && <p class="quiet">and {plan.offers.length - shown} with a higher expected total</p>}
      {plan.assumptions.map((a) => <p key={a} class="quiet">Assumed: {a}</p>)}
    </>
  );
}
