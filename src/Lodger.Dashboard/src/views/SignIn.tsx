import { useState } from "preact/hooks";
import { signIn } from "../api";
import { Command, Trouble } from "../parts/ui";
import type { Problem, Session } from "../types";

export function SignIn({ onSignedIn }: { onSignedIn: (session: Session) => void }) {
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault();
    setBusy(true);
    const answer = await signIn<Session>(code.trim());
    setBusy(false);
    setCode("");
    if (answer.ok) onSignedIn(answer.value);
    else setProblem(answer.problem);
  };
  return (
    <main class="signin">
      <h1>Lodger</h1>
      <p>This page shows jobs and money to whoever is signed in, and to nobody else. Where the server runs:</p>
      <p><Command text="lodger dashboard" /></p>
      <p class="quiet">prints an address that signs one browser in, once, within five minutes. Open it, or paste it here; an access token will do too.</p>
      <form onSubmit={submit}>
        <label for="code">Address, code or token</label>
        <input id="code" type="password" autocomplete="off" spellcheck={false} value={code} onInput={(e) => setCode(e.currentTarget.value)} />
        <button type="submit" disabled={busy || code.trim() === ""}>Sign in</button>
      </form>
      {problem && <Trouble problem={problem} />}
    </main>
  );
}
