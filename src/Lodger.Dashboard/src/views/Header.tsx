import { remove } from "../api";
import { useLive } from "../live";
import type { Place } from "../main";
import type { Session } from "../types";
import { moment } from "../words";

const places = [["jobs", "Jobs"], ["clocks", "Clocks"], ["findings", "Findings"], ["offers", "Offers"]] as const;

export function Header({ at, session, onSignedOut }: { at: Place; session: Session; onSignedOut: () => void }) {
  const known = useLive();
  const current = at.view === "job" ? "jobs" : at.view;
  return (
    <header class="top">
      <a class="brand" href="#/">Lodger</a>
      <nav aria-label="Screens">
        {places.map(([view, word]) => <a key={view} href={view === "jobs" ? "#/" : `#/${view}`} aria-current={current === view ? "page" : undefined}>{word}</a>)}
      </nav>
      <div class="who">
        <span class={`link ${known.link}`} role="status">
          {known.link === "live" ? "live" : known.link === "connecting" ? "connecting" : known.link === "refused" ? "not for you" : `offline since ${moment(known.since)}; jobs go on`}
        </span>
        {session.name && session.name !== "owner" && <span class="quiet name">{session.name}{session.project ? `, project ${session.project}` : ""}</span>}
        {session.until && <button type="button" class="plain" onClick={() => { void remove("/v1/session").then(onSignedOut); }}>Sign out</button>}
      </div>
    </header>
  );
}
