import { useEffect, useState } from "preact/hooks";
import { useLive } from "../live";
import { OfferList } from "../parts/OfferList";
import { Command, Note, Waiting } from "../parts/ui";

export function Offers() {
  const known = useLive();
  const rows = [...known.rows.values()].sort((a, b) => (a.submittedAt < b.submittedAt ? 1 : -1)).slice(0, 50);
  const [chosen, setChosen] = useState("");
  const id = chosen || rows[0]?.id || null;
  useEffect(() => { document.title = "Offers · Lodger"; }, []);
  return (
    <>
      <h1>Offers</h1>
      <p class="quiet">What is for rent now, ranked by what a whole job would cost on it: not by the price of an hour.</p>
      {!known.loaded ? <Waiting /> : id === null ? <Note title="No job to price yet."><p><Command text="lodger plan job.yaml" /></p></Note> : (
        <section class="card">
          <p><label for="as">For a job like </label><select id="as" value={id} onChange={(e) => setChosen(e.currentTarget.value)}>{rows.map((r) => <option key={r.id} value={r.id}>{r.name} ({r.id.slice(r.id.lastIndexOf(".") + 1)})</option>)}</select></p>
          <OfferList job={id} />
        </section>
      )}
    </>
  );
}
