import { useEffect, useRef, useState } from "preact/hooks";
import { get, jobPath } from "../api";
import type { Problem } from "../types";

/** So much of a log is kept on the page; the rest is in `lodger logs`. */
const keptMax = 200_000;
const atOnce = 64 * 1024;

/** The job's own output, followed. It comes from a stranger's machine: it is text and nothing else. */
export function LogView({ job, bytes, running }: { job: string; bytes: number; running: boolean }) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [begun, setBegun] = useState(false);
  const [follows, setFollows] = useState(true);
  const box = useRef<HTMLPreElement>(null);
  const offset = useRef<number | null>(null);
  useEffect(() => {
    let over = false;
    let timer = 0;
    offset.current ??= Math.max(0, bytes - atOnce);
    const look = async (): Promise<void> => {
      if (!document.hidden) {
        const answer = await get<{ text: string; offset: number }>(`${jobPath(job, "/log")}?offset=${offset.current ?? 0}&max=${atOnce}`);
        if (over) return;
        if (answer.ok) {
          const isMore = answer.value.text.length > 0;
          offset.current = answer.value.offset;
          if (isMore) setText((t) => (t + clean(answer.value.text)).slice(-keptMax));
          setProblem(null);
          setBegun(true);
          if (isMore) return void look();
          if (!running) return;
        } else setProblem(answer.problem);
      }
      timer = window.setTimeout(() => void look(), problem ? 5000 : 1500);
    };
    void look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [job, running]);
  useEffect(() => {
    if (follows && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text, follows]);
  return (
    <>
      <div class="row"><p class="quiet">{problem ? problem.message : !begun ? "reading" : running ? "follows" : "the whole of it is in the results"}</p>
        <label class="toggle"><input type="checkbox" checked={follows} onChange={(e) => setFollows(e.currentTarget.checked)} /> keep at the end</label></div>
      <pre ref={box} class="log" tabIndex={0} role="log" aria-label="Output of the job" aria-live="off">{text || (begun ? "nothing was written yet" : " ")}</pre>
    </>
  );
}

/** A line that was drawn over is shown as it was last; escapes and other unprintable characters are not text. */
function clean(text: string): string {
  return text
    .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, "")
    .replace(/[^\n]*\r(?!\n)/g, "")
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
}
