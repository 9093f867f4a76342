// The server's answers, as far as the dashboard reads them (src/Lodger.Server/Api).

export interface Problem { id: string; message: string; fix: string; mayRetry?: boolean }

export type Phase =
  | "Submitted" | "Renting" | "Booting" | "Checking" | "Sending" | "Running" | "Preempted" | "Ending" | "BringingHome" | "AwaitingApproval" | "NeedsAttention" | "Destroying" | "Closed";

export type Outcome = "Succeeded" | "Failed" | "NotRun" | "Unfinished" | "Cancelled";

export interface Session { name: string; scopes: string[]; until?: string; project?: string }

export interface JobRow {
  id: string; name: string; phase: Phase; outcome?: Outcome; account: string; submittedAt: string; closedAt?: string; deadline?: string;
  gpu: string; location?: string; rentalId?: string; isAdopted: boolean; status?: string; attempts: number; preemptions: number; asks: "Nothing" | "Yes" | "Attention" | "Budget";
  gpuUsdPerHour: number; diskUsdPerHour: number; meteredUsd: number; meteredAt?: string; expectedUsd?: number; budgetUsd?: number;
  doing: string; fraction?: number; step?: number; steps?: number; loss?: number;
}

export interface MarketClock { account: string; market: string; now: string; speed: number }

export interface Board { at: string; last: number; build: string; markets: MarketClock[]; rows: JobRow[] }

export interface EventText { word: string; sentence: string; weight: "Plain" | "Good" | "Bad" }

export interface JobEvent { kind: string; [field: string]: unknown }

export interface LiveEvent { job: string; name: string; entry: { sequence: number; at: string; event: JobEvent }; text: EventText }

export interface MoneyHistory { from: string; to: string; gpuUsdPerHour: number[]; diskUsdPerHour: number[] }

export interface Finding { id: string; severity: "Note" | "Warning" | "Error"; title: string; evidence: string; cause: string; fix: string; automatic?: string }

export interface CheckUp { job: string; id: string; findings: Finding[]; at: string }

export interface Clock { key: string; kind: string; job?: string; left?: string; usdPerHour?: number; sentence: string; fix: string }

export interface Clocks { accounts: { account: string; market: string; clocks: Clock[]; burnUsdPerHour?: number; missing: string[]; at: string }[]; notifies: boolean; lead: string }

export interface Condition { id: string; state: "Met" | "Lacking" | "Failed"; text: string }

export interface Gate {
  rentalId: string; judgement: { isOpen: boolean; conditions: Condition[] }; approvalToken?: string; deletes: string[]; hashOnly: string[]; costSoFarUsd?: number;
  isLeft: boolean; waitsForYes: boolean; keeps?: { directory: string; bytes: number; receiptId: string };
}

export interface Offer { id: string; gpuName: string; gpuCount: number; location?: string; reliability?: number; gpuUsdPerHour: number }

export interface PricedOffer { offer: Offer; gpuUsd: number; diskUsd: number; transferUsd: number; boot: string; work: string; whyNot: string; bidUsdPerHour?: number; usdPerHour: number; totalUsd: number }

export interface Plan { market: string; account?: { balanceUsd: number }; plan: { offers: PricedOffer[]; assumptions: string[] }; findings: Finding[] }

export interface Job {
  id: string; name: string; phase: Phase; outcome?: Outcome; market: string; account: string;
  submittedAt: string; expectedUsd?: number; resultsDirectory: string; problem?: Problem; waiting: string; attempt: number; rentalId?: string; rentalStatus?: string; evidence: string;
  exitCode?: number; progress?: { step: number; total?: number; loss?: number; line: string }; report?: { logBytes: number; runTime?: string };
  work?: { what: string; progress: { bytesDone: number; bytesTotal?: number; bytesPerSecond: number } };
  atRisk?: { ifPreempted?: string; ifDiskLost?: string; mirroredStep?: number };
  cadence?: { every: string; why: string };
  meter: { gpuUsdPerHour: number; diskUsdPerHour: number; soFarUsd?: number; reckonedUsd?: number; nothingBills: boolean };
  budgetUsd?: number; receipt?: { receiptId: string; files: number; bytes: number; loaded: number; path: string; at: string };
  findings: { path: string; verdict: string; message: string }[]; doctor: Finding[]; approvalToken?: string; nextStep: string; lastSequence: number;
}
