import { useEffect } from "preact/hooks";
import { useLive } from "../live";
import { Note, Trouble, useAnswer, Waiting } from "../parts/ui";
import type { Clocks as View } from "../types";
import { moment, perHour, seconds, span } from "../words";

/** What is lost, and when, if nobody acts. */
export function Clocks() {
  const known = useLive(10_000);
  const { answer, again } = useAnswer<View>("/v1/clocks?latest=true", Math.floor(Date.now() / 30_000));
  useEffect(() => { document.title = "Clocks · Lodger"; }, []);
  return (
    <>
      <h1>Clocks</h1>
      <p class="quiet">Moments at which data or money is lost, and meters that run for nothing; as looked at within the last minute.</p>
      {answer === null ? <Waiting /> : !answer.ok ? <Trouble problem={answer.problem} onAgain={again} />
        : answer.value.accounts.length === 0 ? <Note title={known.rows.size === 0 ? "No account has a job." : "No account was looked at yet."}><p>Each is looked at once a minute while it has jobs.</p></Note>
        : answer.value.accounts.map((account) => (
          <section key={account.account} class="card" aria-labelledby={`a-${account.account}`}>
            <div class="row"><h2 id={`a-${account.account}`}>{account.market}</h2>{account.burnUsdPerHour !== undefined && <p class="number">{perHour(account.burnUsdPerHour)} for everything on it</p>}</div>
            {account.clocks.length === 0 && account.missing.length === 0 && <p class="quiet">no clock runs</p>}
            <ul class="clocks">
              {account.clocks.map((c) => {
                const left = c.left === undefined ? null : seconds(c.left) - (Date.now() - Date.parse(account.at)) / 1000;
                const due = left === null || left <= seconds(answer.value.lead);
                return (
                  <li key={c.key} class={due ? "due" : ""}>
                    <span class="when">{left === null ? "now" : `in ${span(Math.max(0, left))}`}</span>
                    <span>{c.sentence}{left !== null && <span class="quiet"> ({moment(Date.now() + left * 1000)})</span>} {c.usdPerHour ? <span class="number">{perHour(c.usdPerHour)}</span> : null}
                      <span class="fix">{c.fix}</span>
                      {c.job && <a href={`#/job/${encodeURIComponent(c.job)}`}>{c.job}</a>}
                    </span>
                  </li>
                );
              })}
              {account.missing.map((m) => <li key={m} class="due"><span class="when">unknown</span><span>{m}</span></li>)}
            </ul>
          </section>
        ))}
    </>
  );
}
