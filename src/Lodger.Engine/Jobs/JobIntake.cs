using System.Security.Cryptography;
using System.Text;
using Lodger.Domain.Doctor;
using Lodger.Domain.Jobs;
using Lodger.Domain.Plan;
using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Lodger.Engine.Acts;
using Lodger.Engine.Journal;
using Lodger.Engine.Journal.Databases;
using Microsoft.Extensions.Logging;

namespace Lodger.Engine.Jobs;

/// <summary>Takes jobs in: what was submitted is checked, written to the journal once however often it is said, and given its runner.</summary>
internal sealed class JobIntake(JobRoster roster, JournalStore journal, ActContext context, ILogger log)
{
    private const string IdAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";

    private readonly Lock submitting = new();

    /// <summary>A submission may be in the journal that nobody here knows of.</summary>
    private volatile bool isUnclear;

    /// <summary>The id of the job that it is, begun now or, said again with its key, before.</summary>
    public async Task<Outcome<string>> TakeAsync(Submission submission, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(submission);
        if (isUnclear && await TakeUpUnclearAsync(submission, cancellationToken) is { } stillUnclear)
            return stillUnclear;
        if (Repeated(submission) is { } earlier)
            return earlier;
        if (!(await roster.AccountAsync(submission.Account, cancellationToken)).TryGet(out var account, out var closed))
            return closed;
        if (submission.Adopts is null && Refusal(submission, account) is { } refused)
            return refused;
        JobState state;
        // One at a time from here: of two with one name, or one key, the later one has to see the earlier one.
        lock (submitting)
        {
            if (Repeated(submission) is { } meanwhile)
                return meanwhile;
            if (!Write(submission, account).TryGet(out state!, out var problem))
                return problem;
            roster.Announce(state);
        }

        // It is in the journal: whoever asked may go away now.
        var started = await roster.StartAnnouncedAsync(state, roster.Stopping);
        return started.Problem is { } notStarted ? notStarted : state.Id;
    }

    /// <inheritdoc cref="RentalOwner.Of"/>
    public JobState? OwnerOf(string account, string rentalId) => RentalOwner.Of(roster.Runners.Select(r => r.State).Concat(roster.Dormant.Select(d => d.State)), account, rentalId);

    /// <summary>What is said to who would take it over.</summary>
    public static Problem OwnedBy(JobState owner, string rentalId) => new(
        "rental-owned", $"Rental {rentalId} belongs to the job {owner.Name} already.", $"See how it stands:  lodger show {owner.Name}", ExitCode.BadInput);

    /// <summary>The job that a submission with this very key made of this very rental; null: it made none yet.</summary>
    public Outcome<string>? SaidBefore(string key, string account, string rentalId, string name, string by) =>
        roster.WithKey(Hash(key), Projects.Default) is not { } earlier ? (Outcome<string>?)null
            : earlier.Name == name && earlier.Submission.ApprovedBy == by && earlier.Submission.Account == account && earlier.Submission.Adopts?.RentalId == rentalId ? earlier.Id
            : KeyUsed;

    /// <summary>Why no job can have that name now; null: one can.</summary>
    /// <param name="project">Null: the default one.</param>
    public Problem? NameTaken(string name, string? project)
    {
        if (roster.OpenNamed(name) is not { } busy)
            return null;
        // Names are found by everybody, so they are one a server; of another project's job no more is told.
        if (busy.Project != (project ?? Projects.Default))
            return new Problem("job-open", $"A job named {name} is open already, in another project.", "Give this one another name.", ExitCode.BadInput);
        return TakenName.By(name, busy.Id);
    }

    private static Problem KeyUsed { get; } = new("key-used", "Another submission had the same key.", "Make a new key for each submission.", ExitCode.BadInput);

    private static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>What was written although its answer got lost is found first; a problem when it cannot be looked for.</summary>
    private async Task<Problem?> TakeUpUnclearAsync(Submission submission, CancellationToken cancellationToken)
    {
        try
        {
            await roster.TakeUpMissingAsync(cancellationToken);
            isUnclear = false;
            return null;
        }
        catch (JournalException e)
        {
            return Unclear(submission, e);
        }
    }

    /// <summary>The job that a submission with this very key made; null: it made none yet.</summary>
    private Outcome<string>? Repeated(Submission submission)
    {
        if (KeyHash(submission) is not { } key || roster.WithKey(key, submission.Project ?? Projects.Default) is not { } earlier)
            return null;
        var first = earlier.Submission;
        if (earlier.Name != submission.Spec.Name || first.ApprovedBy != submission.ApprovedBy || first.OverNetwork != submission.OverNetwork || first.Adopts?.RentalId != submission.Adopts?.RentalId)
            return KeyUsed;
        // The server that was told them may be gone; those that this one holds stay.
        if (earlier.IsOpen)
            context.Secrets.HandAgain(earlier.Id, submission.Secrets);
        return earlier.Id;
    }

    /// <summary>Whoever reads the journal cannot say a submission again.</summary>
    private static string? KeyHash(Submission submission) => submission.Key is { } key ? Hash(key) : null;

    private static Problem Unclear(Submission submission, JournalException e) =>
        new("submission-unclear", $"Whether {submission.Spec.Name} was taken is not known: {e.Message}", "Nothing is rented unless it was. Look when the database answers:  lodger ps", ExitCode.Unknown, MayRetry: true);

    private Outcome<JobState> Write(Submission submission, OpenAccount account)
    {
        if (NameTaken(submission.Spec.Name, submission.Project) is { } taken)
            return taken;
        if (submission.Adopts is { } rental && OwnerOf(submission.Account, rental.RentalId) is { } owner)
            return OwnedBy(owner, rental.RentalId);
        if (submission.Spec.CodeDirectory is { } code && !Directory.Exists(code))
            return new Problem("code-missing", $"The code directory {code} is not there for the server that does the work ({Environment.MachineName}).", "In a cluster the directory of the code has to be the same on all nodes.", ExitCode.BadInput);
        var id = $"{submission.Spec.Name}.{RandomNumberGenerator.GetString(IdAlphabet, 6)}";
        var directory = FreshDirectory(submission.ResultsDirectory, id);
        if (roster.OpenIn(directory) is { } neighbour)
            return new Problem("results-shared", $"The results would lie in {directory}, and those of {neighbour.Name}, which is open, in {neighbour.Submission.ResultsDirectory}.", "Name a directory of its own.", ExitCode.BadInput);
        context.Secrets.Hand(id, submission.Secrets);
        if (context.Secrets.Resolve(id, submission.Spec.SecretNames, submission.OverNetwork).Problem is { } unreadable)
        {
            context.Secrets.Forget(id);
            return unreadable with { Message = $"{unreadable.Message} Nothing was rented." };
        }

        var first = new JournalEntry(1, context.Time.GetUtcNow(), submission.Adopts is { } adopts
            ? new RentalAdopted(
                submission.Spec, account.Market.Name, submission.Account, submission.Offer, submission.ExpectedUsd, directory, submission.ApprovedBy, adopts, submission.BidUsdPerHour, submission.OverProxy,
                submission.OverNetwork, KeyHash(submission))
            : new JobSubmitted(
            submission.Spec,
            account.Market.Name,
            submission.Account,
            submission.Offer,
            submission.ExpectedUsd,
            directory,
            submission.ApprovedBy,
            submission.BidUsdPerHour,
            submission.Accepted is { Count: > 0 } accepted ? accepted : null,
            submission.Choice,
            submission.Choice is null ? null : submission.Alternatives,
            submission.OverProxy,
            submission.Project,
            submission.OverNetwork,
            KeyHash(submission)));
        try
        {
            journal.Create(id, submission.Spec.Name, first);
        }
        catch (JournalException e)
        {
            log.LogWarning("{Job} {Problem}", id, e.Message);
            isUnclear = true;
            return Unclear(submission, e);
        }

        return JobState.Replay(id, [first]);
    }

    /// <summary>What the doctor says of this job on this offer, whoever submits it; sizes and dates were the plan's matter.</summary>
    private static Problem? Refusal(Submission submission, OpenAccount account)
    {
        var findings = Examination.Of(new Facts
        {
            Moment = Moment.Preflight,
            Spec = submission.Spec,
            Profile = account.Profile,
            Priced = new PricedOffer(submission.Offer, 0, 0, 0, TimeSpan.Zero, TimeSpan.Zero, "", submission.BidUsdPerHour),
            SshPublicKey = account.SshPublicKey,
        });
        return Preflight.Refuse(findings, [.. (submission.Accepted ?? []).Select(a => a.Id)]);
    }

    /// <summary>A bundle is exactly its manifest: it never shares a directory with anything that was there before.</summary>
    private string FreshDirectory(string wanted, string jobId) =>
        (Directory.Exists(wanted) && Directory.EnumerateFileSystemEntries(wanted).Any()) || roster.OpenAt(wanted)
            ? $"{wanted}.{jobId[(jobId.LastIndexOf('.') + 1)..]}"
            : wanted;
}
