import type { Finding } from "../types";

const word = { Note: "note", Warning: "warning", Error: "error" } as const;

export function FindingList({ findings }: { findings: Finding[] }) {
  return (
    <ul class="findings">
      {findings.map((f) => (
        <li key={f.id} class={`is-${f.severity.toLowerCase()}`}>
          <p><span class="badge">{word[f.severity]}</span> <span class="strong">{f.title}</span> <span class="quiet">{f.id}</span></p>
          <p>{f.evidence}</p>
          <p class="quiet">{f.cause}</p>
          {f.fix && <p class="fix">{f.fix}</p>}
          {f.automatic && <p class="quiet">By itself: {f.automatic}</p>}
        </li>
      ))}
    </ul>
  );
}
