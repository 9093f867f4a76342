using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;
using Lodger.Engine.Accounts;
using Lodger.Engine.Jobs;
using Lodger.Remote.Script;

namespace Lodger.Engine.Acts;

/// <summary>
/// The first paid act. Everything that could refuse is asked before the intent is journaled as tried: key registered, secrets there,
/// environment valid. The create itself is never repeated: after an unclear answer the label is looked for.
/// </summary>
internal sealed class RentAct(JobRunner job, OpenAccount account, ActContext context)
{
    private static readonly TimeSpan ShortestPayloadWait = TimeSpan.FromMinutes(10);

    private bool said;

    /// <summary>The attempt before whose rent the key was last registered: waiting for its turn once more, it is not again.</summary>
    private int keyRegisteredFor;

    /// <summary>A person has to act meanwhile; a file that they store is found at the next look.</summary>
    private static readonly TimeSpan SecretsAgain = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan KeyAgain = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan TurnAgain = TimeSpan.FromSeconds(1);

    /// <returns>How long to wait before the next decision.</returns>
    public async Task<TimeSpan> CarryOutAsync(Rent rent, CancellationToken cancellationToken)
    {
        var spec = job.State.Submission.Spec;
        // A server that was started again, or another node, may not know what was handed to the one before: a job is not given up for that.
        if (context.Secrets.Resolve(job.State.Id, spec.SecretNames, job.State.Submission.OverNetwork).Problem is { } unknown)
        {
            var way = job.State.Submission.OverNetwork
                ? "What came with it was kept in memory alone, and the server was started again since: end it and submit it anew."
                : $"Store the value in {context.Options.SecretsDirectory} (one file of that name, mode 600); it goes on by itself.";
            var waits = $"it cannot {(rent.Attempt > 1 ? "go on elsewhere" : "be rented for")} yet. {unknown.Message} {way}";
            if (!said)
                job.Append(new Noted(waits));
            said = true;
            job.See(l => l with { Waiting = waits });
            return SecretsAgain;
        }

        var intent = new RentIntended(rent.Attempt, rent.OfferId, rent.Label, rent.Offer, rent.BidUsdPerHour, rent.Choice, rent.Alternatives);
        if (!Prepare(rent, spec).TryGet(out var request, out var unfit))
            return Refused(intent, unfit);

        // The key reaches only rentals that are made after it was registered.
        if (keyRegisteredFor != rent.Attempt && (await account.Market.RegisterSshKeyAsync(account.SshPublicKey, cancellationToken)).Problem is { } noKey)
        {
            if (!noKey.MayRetry)
                return Refused(intent, noKey);
            // Nothing was sent yet: a job does not end because the platform was away for a moment.
            job.See(l => l with { Waiting = $"the account does not have Lodger's ssh key yet. {noKey.Message}" });
            return KeyAgain;
        }

        keyRegisteredFor = rent.Attempt;
        return await CreateAsync(intent, request, cancellationToken);
    }

    /// <summary>
    /// The intent is journaled when the platform's turn for it has come, and the create is cut off within its wait from then: the look for the label counts on nothing being made later than that. With many
    /// jobs at once the turn takes longer: then nothing was sent, and it is decided anew.
    /// </summary>
    private async Task<TimeSpan> CreateAsync(RentIntended intent, RentRequest request, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(job.Waits.RentCall);
        var isSent = false;
        Outcome<string> answer;
        try
        {
            answer = await account.Market.RentAsync(request, limit.Token, Begin);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            if (!isSent)
            {
                job.See(l => l with { Waiting = "for its turn: the platform takes one rent after the other" });
                return TurnAgain;
            }

            answer = new Problem("rent-unclear", $"The platform did not answer the rent of {request.OfferId} in time; there may be a rental.", "", ExitCode.Unknown, MayRetry: true);
        }

        if (!isSent)
            return Refused(intent, answer.Problem ?? throw new InvalidOperationException("A rental was made that was not to be."));
        if (answer.TryGet(out var rentalId, out var problem))
            job.Append(new Rented(intent.Attempt, rentalId, Adopted: false));
        else
            job.Append(problem.MayRetry ? new RentUnclear(intent.Attempt, problem) : new RentRefused(intent.Attempt, problem));
        return TimeSpan.Zero;

        bool Begin()
        {
            job.RequireMayAct();
            limit.CancelAfter(job.Waits.RentCall);
            return isSent = job.AppendIf(s => s.Cancel is null, intent);
        }
    }

    /// <summary>Nothing was sent.</summary>
    private TimeSpan Refused(RentIntended intent, Problem why)
    {
        job.Append(intent);
        job.Append(new RentRefused(intent.Attempt, why));
        return TimeSpan.Zero;
    }

    /// <summary>How long a machine waits in silence for its payload: long enough for a slow link however soon the job may be abandoned afterwards.</summary>
    private static TimeSpan? PayloadWait(JobSpec spec) =>
        spec.StopWhenAbandonedAfter is not { } limit ? null : limit > ShortestPayloadWait ? limit : ShortestPayloadWait;

    private Outcome<RentRequest> Prepare(Rent rent, JobSpec spec)
    {
        if (!context.Secrets.Resolve(job.State.Id, spec.SecretNames, job.State.Submission.OverNetwork).TryGet(out var values, out var missing))
            return missing;
        if (!Onstart.Build(account.Profile).TryGet(out var onstart, out var tooLong))
            return tooLong;
        if (!BoxEnvironment.For(spec.Env, spec.Secrets, account.ApiUrl, account.Profile, PayloadWait(spec)).TryGet(out var environment, out var invalid))
            return invalid;
        if (spec.Registry is { } registry && values[registry.PasswordSecret] is var password && (password.Length == 0 || password.Any(char.IsWhiteSpace) || password[0] == '-'))
        {
            return new Problem(
                "registry-password-unfit",
                $"The secret {registry.PasswordSecret} cannot be a registry's password: it is empty, has a space in it or begins with a hyphen, and the platform takes it as one word of an option line.",
                "Use an access token of the registry.",
                ExitCode.BadInput);
        }

        return new RentRequest
        {
            OfferId = rent.OfferId,
            Image = spec.Image,
            DiskGb = spec.DiskGb,
            Label = rent.Label,
            BidUsdPerHour = rent.BidUsdPerHour,
            Volume = spec.Volume is { } volume && (rent.Offer ?? job.State.Submission.Offer).MachineId == job.State.VolumeMachineId ? new AttachedVolume(volume.Id, volume.Path) : null,
            Onstart = onstart,
            Environment = environment,
            Secrets = spec.Secrets.ToDictionary(n => n, n => values[n], StringComparer.Ordinal),
            Ports = spec.Ports,
            RegistryLogin = spec.Registry is { } login ? $"-u {login.User} -p {values[login.PasswordSecret]} {login.Server}" : null,
        };
    }
}
