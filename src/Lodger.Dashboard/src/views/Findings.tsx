import { useEffect } from "preact/hooks";
import { useLive } from "../live";
import { FindingList } from "../parts/FindingList";
import { Command, Note, Trouble, useAnswer, Waiting } from "../parts/ui";
import type { CheckUp } from "../types";

export function Findings() {
  useLive(10_000);
  const { answer, again } = useAnswer<CheckUp[]>("/v1/doctor", Math.floor(Date.now() / 30_000));
  useEffect(() => { document.title = "Findings · Lodger"; }, []);
  const found = answer?.ok ? answer.value.filter((c) => c.findings.length > 0) : [];
  return (
    <>
      <h1>Findings</h1>
      <p class="quiet">What the doctor sees in the open jobs, and what to do about it.</p>
      {answer === null ? <Waiting /> : !answer.ok ? <Trouble problem={answer.problem} onAgain={again} />
        : found.length === 0 ? <Note title={answer.value.length === 0 ? "No job is open." : "Nothing found."}><p>A closer look, also into the machine: <Command text="lodger doctor JOB" /></p></Note>
        : found.map((c) => (
          <section key={c.id} class="card">
            <h2><a href={`#/job/${encodeURIComponent(c.id)}`}>{c.job}</a></h2>
            <FindingList findings={c.findings} />
          </section>
        ))}
    </>
  );
}
