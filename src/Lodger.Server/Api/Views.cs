using Lodger.Domain.Box;
using Lodger.Domain.Doctor;
using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Plan;
using Lodger.Domain.Problems;
using Lodger.Domain.Progress;
using Lodger.Domain.Prospects;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;
using Lodger.Engine.Clocks;

namespace Lodger.Server.Api;

/// <summary>Which server answers and what it works on.</summary>
/// <param name="Build">Of the program that serves: a client of another build replaces an idle server.</param>
/// <param name="StateDirectory">Empty: not told to who is limited to a project.</param>
/// <param name="OpenJobs">Of those that who asks may see.</param>
/// <param name="Cluster">Null: it is the only one on its journal, or that is not told to who is limited to a project.</param>
public sealed record ServerView(int ProcessId, string Build, DateTimeOffset StartedAt, string StateDirectory, int OpenJobs, ClusterView? Cluster = null);

/// <summary>A node's part in its cluster.</summary>
/// <param name="Leader">Name of the node that leads; null: none does just now, or the database does not answer.</param>
/// <param name="Term">The leader's; 0: unknown.</param>
public sealed record ClusterView(string Node, bool Leads, string? Leader, long Term, string Database);

/// <summary>The one shape of an error answer.</summary>
public sealed record ProblemView(Problem Problem);

public sealed record OffersView(string Market, IReadOnlyList<Offer> Offers)
{
    /// <summary>Where there is no offer: a GPU that is called otherwise or rented, or the condition that alone keeps them out. Null where there are.</summary>
    public Problem? WhyNone { get; init; }
}

public sealed record AccountView(string Market, Account Account);

/// <param name="Address">Where the platform reaches it: https, or http on this machine.</param>
/// <param name="Listen">Address and port of this machine on which deliveries arrive, perhaps through a proxy: <c>127.0.0.1:8790</c>.</param>
public sealed record WebhookRequest(string Address, string Listen);

/// <summary>How the platform's pushes reach one account. The secret that signs them is never shown.</summary>
/// <param name="SubscriptionId">The platform's.</param>
/// <param name="Problem">Why nothing arrives just now; null: nothing is known to be wrong.</param>
/// <param name="Accepted">Deliveries since the server started that made it look sooner.</param>
/// <param name="Repeated">Attempts of a delivery that was taken already.</param>
/// <param name="Unsigned">Refused: not signed with the secret, or not readable.</param>
/// <param name="Old">Refused: signed too long ago by this machine's clock.</param>
/// <param name="LastKind">The platform's word for the last one that was accepted.</param>
public sealed record WebhookView(
    string Account, string Address, string Listen, string SubscriptionId, Problem? Problem, long Accepted, long Repeated, long Unsigned, long Old, DateTimeOffset? LastAt, string? LastKind);

/// <param name="Account"><c>local</c> or the name of a configured account.</param>
/// <param name="AnyOffer">Drops the safety filters; loosening is explicit.</param>
/// <param name="OfferId">Plan for this offer alone; null: the best that fits.</param>
/// <param name="Accept">Ids of findings that a person accepts; null: none.</param>
/// <param name="ProspectsSeed">Simulate what each strategy leads to, with this seed; null: do not.</param>
/// <param name="Brief">Where no offer fits, do not ask the platform why: for who asks again and again.</param>
public sealed record PlanRequest(JobSpec Spec, string Account, bool AnyOffer, string? OfferId, PlanInputs Inputs, IReadOnlyList<string>? Accept = null, int? ProspectsSeed = null, bool Brief = false);

/// <param name="Account">Null: not told to who is limited to a project.</param>
public sealed record PlanView(string Market, Account? Account, JobPlan Plan)
{
    /// <summary>What the doctor says of the job on the first offer, the gravest first.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>What each strategy leads to; null: not asked for.</summary>
    public JobProspects? Prospects { get; init; }
}

/// <param name="Offer">The offer that was shown and agreed to, with its prices.</param>
/// <param name="ResultsDirectory">Absolute; empty: the server names one.</param>
/// <param name="Secrets">Values by name, held in memory until they are sent at create, never stored.</param>
/// <param name="Accepted">What the doctor found and a person accepted; goes into the journal.</param>
/// <param name="Choice">The plan's, if it has one, as <paramref name="Alternatives"/>; both go into the journal.</param>
/// <param name="OverProxy">Also through the slow proxy, both ways, however much it is; goes into the journal.</param>
/// <param name="Project">Null: the one that who asks is limited to, else the default one.</param>
/// <param name="Code">An upload of the same project, in the place of the spec's directory; null: the spec says where the code is, or there is none.</param>
/// <param name="Key">Made once by whoever submits, 16 to 64 letters, digits and hyphens: said again with it, because no answer came, a submission gives the job that it made. Null: each makes another.</param>
public sealed record SubmitRequest(
    JobSpec Spec, string Account, Offer Offer, decimal ExpectedUsd, string ResultsDirectory, string ApprovedBy, IReadOnlyDictionary<string, string> Secrets,
    decimal? BidUsdPerHour = null, IReadOnlyList<AcceptedFinding>? Accepted = null, string? Choice = null, IReadOnlyList<string>? Alternatives = null, bool OverProxy = false, string? Project = null, string? Code = null, string? Key = null);

/// <summary>Code that the server has taken in. It goes when no open job is of it and nobody named it for some hours.</summary>
/// <param name="Id">For <see cref="SubmitRequest.Code"/>.</param>
/// <param name="Sha256">Of the archive as it came, lower-case hex.</param>
/// <param name="Bytes">Of all files.</param>
public sealed record CodeView(string Id, string Sha256, int Files, long Bytes);

/// <summary>What a job's receipt vouches for, and after it the manifest and the receipt themselves.</summary>
/// <param name="Directory">Of its server's machine.</param>
/// <param name="ReceiptId">It is another one when the results were brought home again.</param>
public sealed record ResultsView(string Job, string ReceiptId, string Directory, IReadOnlyList<ResultFile> Files);

/// <param name="Path">Relative to the bundle, forward slashes. A remote machine wrote it.</param>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record ResultFile(string Path, long Bytes, string Sha256);

/// <summary>A job in a line of a list: what it does, what it bills, and what a person should be told of it.</summary>
public sealed record JobLine
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Project { get; init; }

    public required JobPhase Phase { get; init; }

    public JobOutcome? Outcome { get; init; }

    public required string Market { get; init; }

    public string? RentalId { get; init; }

    public RentalStatus? RentalStatus { get; init; }

    /// <summary>Of the job's work, 0 to 1; null: it does not say.</summary>
    public double? Fraction { get; init; }

    /// <summary>Without what the sum consists of.</summary>
    public required MeterView Meter { get; init; }

    /// <summary>The doctor's warnings and errors, the gravest first; null: there are none, or the job is closed.</summary>
    public IReadOnlyList<Finding>? Findings { get; init; }
}

/// <summary>What a job's rentals bill now and so far.</summary>
/// <param name="SoFarUsd">As charged by the platform; null: it would not say.</param>
/// <param name="NothingBills">True only when the platform was just asked and said that no rental of the job exists.</param>
/// <param name="ReckonedUsd">So far by Lodger's own meter, all rentals of the job; null: of some of them nothing was seen.</param>
public sealed record MeterView(decimal GpuUsdPerHour, decimal DiskUsdPerHour, Charges? SoFar, decimal? SoFarUsd, DateTimeOffset? AsOf, bool NothingBills, decimal? ReckonedUsd = null);

/// <param name="Accounts">Those of the jobs that were asked for.</param>
public sealed record CostView(IReadOnlyList<JobCost> Jobs, IReadOnlyList<AccountCost> Accounts);

/// <summary>What an account's volumes cost: they belong to no rental and go on by themselves.</summary>
/// <param name="Volumes">Null: the platform does not say.</param>
/// <param name="Problem">Why the platform's charges or volumes are missing; null when they are not.</param>
public sealed record AccountCost(string Account, string Market, IReadOnlyList<VolumeCost>? Volumes, Problem? Problem);

/// <param name="ChargedUsd">So far; null: the platform does not say.</param>
public sealed record VolumeCost(Volume Volume, decimal? ChargedUsd);

/// <param name="Notifies">Somebody is told of each clock once, this long before it fires.</param>
/// <param name="NotifyProblem">Why nobody can be told; null when nothing is wrong.</param>
public sealed record ClocksView(IReadOnlyList<AccountClocks> Accounts, bool Notifies, TimeSpan Lead, Problem? NotifyProblem);

/// <param name="ChargesProblem">Why what was charged is missing; null when it is not.</param>
public sealed record SurveyView(string Market, AccountSurvey Survey, Problem? ChargesProblem);

/// <summary>A running transfer or verification.</summary>
/// <param name="What">For people: <c>sending code</c>, <c>pulling results</c>, <c>verifying</c>.</param>
/// <param name="Forecast">How long it takes yet and what it costs; null: nothing is moved.</param>
public sealed record WorkView(string What, TransferProgress Progress, TransferForecast? Forecast = null);

/// <summary>A job as it stands now: the fold of its journal plus what was last seen.</summary>
public sealed record JobView
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Whose it is.</summary>
    public string Project { get; init; } = Projects.Default;

    public required JobPhase Phase { get; init; }

    public required string Market { get; init; }

    public required string Account { get; init; }

    public required JobSpec Spec { get; init; }

    /// <summary>The rental that was taken over, made by somebody else; null: Lodger rented.</summary>
    public AdoptedRental? Adopts { get; init; }

    public required DateTimeOffset SubmittedAt { get; init; }

    public required Offer Offer { get; init; }

    /// <inheritdoc cref="JobState.PlannedUsd"/>
    public decimal? ExpectedUsd { get; init; }

    public required string ResultsDirectory { get; init; }

    public JobOutcome? Outcome { get; init; }

    /// <summary>Why it ended as it did, or what stands in the way now.</summary>
    public Problem? Problem { get; init; }

    /// <summary>What is being waited for, in words.</summary>
    public string Waiting { get; init; } = "";

    public int Attempt { get; init; }

    public string? RentalId { get; init; }

    public RentalStatus? RentalStatus { get; init; }

    /// <summary>The platform's own words about the rental.</summary>
    public string Evidence { get; init; } = "";

    /// <summary>True when the current attempt's command has ended, or was refused; a job whose rental was stopped under it has not.</summary>
    public bool HasEnded { get; init; }

    /// <summary>True while its work is not over and nobody has asked for its end: its command runs, or may run on a rental that follows by itself.</summary>
    public bool MayGoOn { get; init; }

    /// <summary>Rentals that only wait for a yes, each for its own: a job that moved may have several.</summary>
    public IReadOnlyList<string> WaitForYes { get; init; } = [];

    /// <summary>Rentals that the work has left and that are still there.</summary>
    public IReadOnlyList<string> Left { get; init; } = [];

    public int? ExitCode { get; init; }

    public JobProgress? Progress { get; init; }

    public BoxReport? Report { get; init; }

    public DateTimeOffset? ReportAt { get; init; }

    public WorkView? Work { get; init; }

    /// <summary>What would have to be done again if the machine stopped now; null while the command does not run.</summary>
    public WorkAtRisk? AtRisk { get; init; }

    /// <summary>What the job was told last about how often to write a checkpoint; null: nothing.</summary>
    public CadenceTold? Cadence { get; init; }

    public required MeterView Meter { get; init; }

    /// <summary>Most that it may cost in all, USD, as set last; null: no limit.</summary>
    public decimal? BudgetUsd { get; init; }

    /// <summary>Its budget is reached: it is stopped, and waits for another or for its end. Null: it is not.</summary>
    public BudgetReached? Held { get; init; }

    public ReceiptFact? Receipt { get; init; }

    public IReadOnlyList<FileFinding> Findings { get; init; } = [];

    /// <summary>What the doctor says of it as it was last seen, the gravest first.</summary>
    public IReadOnlyList<Finding> Doctor { get; init; } = [];

    /// <summary>What has to be repeated to approve the destroy; null while there is nothing to approve.</summary>
    public string? ApprovalToken { get; init; }

    /// <summary>The command that a person would type next; empty when nothing is asked of them.</summary>
    public string NextStep { get; init; } = "";

    public long LastSequence { get; init; }
}

/// <summary>A job's rental as the platform has it now, with what the doctor says of it from outside.</summary>
public sealed record RentalView(string Job, Rental Rental, string Meaning, IReadOnlyList<Finding> Findings);

/// <summary>The gate of one rental of a job.</summary>
/// <param name="ApprovalToken">What a yes to this rental, as it is now, has to repeat; null while there is nothing to approve.</param>
/// <param name="Deletes">What the destroy deletes for good.</param>
/// <param name="IsLeft">The work went on elsewhere: what this rental holds is rescued, and lies in a directory of its own.</param>
/// <param name="WaitsForYes">Only a person's yes is missing.</param>
/// <param name="Keeps">The bundle here; null: there is none that is verified.</param>
public sealed record GateView(
    string RentalId, GateJudgement Judgement, string? ApprovalToken, IReadOnlyList<string> Deletes, IReadOnlyList<string> HashOnly, decimal? CostSoFarUsd,
    bool IsLeft = false, bool WaitsForYes = false, BundleView? Keeps = null);

/// <summary>Verified files here.</summary>
public sealed record BundleView(string Directory, long Bytes, string ReceiptId);

/// <param name="Names">The hash-only files that the approval names.</param>
public sealed record ApproveRequest(string Token, string By, IReadOnlyList<string> Names);

/// <param name="RentalId">As typed by the person: must be the rental's id.</param>
public sealed record AbandonRequest(string RentalId, string By);

/// <param name="Paths">Absolute, on the machine, at most 64: what may be saved; empty: not known yet.</param>
/// <param name="MayLetKeyIn">A person agreed that the platform lets Lodger's ssh key into the rental. Without that, one that refuses the key is a problem.</param>
public sealed record RentalLookRequest(IReadOnlyList<string> Paths, bool MayLetKeyIn = false);

/// <param name="Paths">Absolute, on the machine, 1 to 64: what has to come home.</param>
/// <param name="Name">Of the job; null: from the rental's id.</param>
/// <param name="ResultsDirectory">Absolute; null, and for whoever asks over the network: the server names one.</param>
/// <param name="Key">As <see cref="SubmitRequest.Key"/>.</param>
public sealed record AdoptRequest(IReadOnlyList<string> Paths, string By, string? Name = null, string? ResultsDirectory = null, bool OverProxy = false, string? Key = null);

/// <param name="OfferId">Of a volume.</param>
/// <param name="Name">By which it is found again.</param>
public sealed record VolumeRequest(string OfferId, int SizeGb, string Name, string By);

/// <param name="Token">What was shown and agreed to; null when what is on it is given up.</param>
/// <param name="Typed">The volume's id as typed by the person who gives up what is on it; null: nothing is given up.</param>
public sealed record VolumeDeleteRequest(string? Token, string? Typed, string By);

/// <param name="Path">Below the connection.</param>
public sealed record HostCopyRequest(string ConnectionId, string Path, string By);

public sealed record ActRequest(string By);

/// <param name="OverProxy">Also through the slow proxy, however much it is.</param>
public sealed record PullRequest(string By, bool OverProxy = false);

/// <param name="Usd">For the whole job, what is spent already included.</param>
public sealed record BudgetRequest(decimal Usd, string By);

/// <param name="Offset">Where to read on.</param>
public sealed record LogView(string Text, long Offset);

/// <summary>How to reach a job's machine with one's own ssh; discovered anew each time.</summary>
public sealed record BoxView(BoxAddress Address, string Workdir, IReadOnlyDictionary<string, Endpoint> Ports, string IdentityFile);
