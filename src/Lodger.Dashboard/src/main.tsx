import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import "./style.css";
import { isSignedOut, get, post } from "./api";
import { live, useLive } from "./live";
import { Trouble } from "./parts/ui";
import type { Session } from "./types";
import { Clocks } from "./views/Clocks";
import { Findings } from "./views/Findings";
import { Header } from "./views/Header";
import { JobPage } from "./views/JobPage";
import { Offers } from "./views/Offers";
import { Overview } from "./views/Overview";
import { SignIn } from "./views/SignIn";

export type Place = { view: "jobs" | "clocks" | "findings" | "offers" } | { view: "job"; job: string };

function place(): Place {
  const [, view, rest] = location.hash.split("/");
  if (view === "job" && rest) return { view: "job", job: decodeURIComponent(rest) };
  return view === "clocks" || view === "findings" || view === "offers" ? { view } : { view: "jobs" };
}

/** The code of a printed address: used once, and gone from the address before anything else is done. */
function code(): string | null {
  const found = /^#code=([0-9a-f]{16,128})$/.exec(location.hash);
  if (!found) return null;
  history.replaceState(null, "", "/");
  return found[1] ?? null;
}

function App({ begun }: { begun: Session | null }) {
  const [session, setSession] = useState(begun);
  const [at, setAt] = useState(place);
  const known = useLive();
  useEffect(() => {
    const moved = (): void => {
      setAt(place());
      document.getElementById("main")?.focus({ preventScroll: true });
      scrollTo(0, 0);
    };
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  const job = at.view === "job" ? at.job : null;
  useEffect(() => { if (session) live.watch(job); }, [session, job]);
  if (!session || known.link === "signed-out") {
    return <SignIn onSignedIn={(s) => { setSession(s); live.again(); }} />;
  }
  return (
    <>
      <a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById("main")?.focus(); }}>Skip to what matters</a>
      <Header at={at} session={session} onSignedOut={() => setSession(null)} />
      <main id="main" tabIndex={-1}>
        {known.refusal ? <Trouble problem={known.refusal} />
          : at.view === "job" ? <JobPage key={at.job} job={at.job} session={session} />
          : at.view === "clocks" ? <Clocks />
          : at.view === "findings" ? <Findings />
          : at.view === "offers" ? <Offers />
          : <Overview />}
      </main>
    </>
  );
}

async function begin(): Promise<void> {
  const once = code();
  const answer = once ? await post<Session>("/v1/session", { code: once }) : await get<Session>("/v1/session");
  const again = !answer.ok && once ? await get<Session>("/v1/session") : answer;
  render(<App begun={again.ok ? again.value : isSignedOut(again) ? null : { name: "", scopes: [] }} />, document.getElementById("app")!);
}

void begin();
