import type { LiveEvent } from "../types";
import { moment } from "../words";

/** What happened, newest first, as `lodger events` says it. */
export function EventList({ events, named }: { events: LiveEvent[]; named?: boolean }) {
  return (
    <ol class="events">
      {events.map((e) => (
        <li key={`${e.job} ${e.entry.sequence}`} class={e.text.weight.toLowerCase()}>
          <time dateTime={e.entry.at}>{moment(e.entry.at)}</time>
          <span class="word">{e.text.word}</span>
          <span class="sentence">{named && <a href={`#/job/${encodeURIComponent(e.job)}`}>{e.name}</a>}{named ? " " : ""}{e.text.sentence}</span>
        </li>
      ))}
    </ol>
  );
}
