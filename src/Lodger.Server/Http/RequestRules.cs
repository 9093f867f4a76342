using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Server.Api;

namespace Lodger.Server.Http;

/// <summary>What a request must hold before anything is done with it. Clients check more; this keeps the journal from taking in what cannot be acted on.</summary>
internal static class RequestRules
{
    /// <summary>More than a job costs.</summary>
    private const decimal UsdMax = 1_000_000;

    /// <summary>More than an hour, or a gigabyte, of anything costs.</summary>
    private const decimal PriceMax = 100_000;

    private const int CountMax = 1_000_000;

    private const string KeyRule = "A key has 16 to 64 letters, digits and hyphens.";

    private static bool IsKey(string key) => key.Length is >= 16 and <= 64 && key.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    /// <summary>For reading requests: what is declared as never null has to be there and not be null, and a word out of a list is one of the list.</summary>
    public static void Require(JsonSerializerOptions options)
    {
        options.RespectNullableAnnotations = true;
        // A number would be taken for any value, also for one that there is not.
        options.Converters.Add(new JsonStringEnumConverter(allowIntegerValues: false));
        options.TypeInfoResolverChain.Insert(0, ApiJson.Default.WithAddedModifier(NothingMissing));
    }

    /// <summary>Null when the submission can be taken.</summary>
    public static Problem? Refuse(SubmitRequest request)
    {
        if (Refuse(request.Spec) is { } unfit)
            return unfit;
        if (request.ResultsDirectory.Length > 0 && (!Path.IsPathFullyQualified(request.ResultsDirectory) || request.ResultsDirectory.Contains('\0', StringComparison.Ordinal)))
            return Bad("resultsDirectory is not an absolute path.");
        if (request.Code is not null && request.Spec.CodeDirectory is not null)
            return Bad("The code is either handed over or in a directory, not both.");
        if (request.Key is { } key && !IsKey(key))
            return Bad(KeyRule);
        if (request.Spec.Sweep is not null)
            return Bad("A sweep is fanned out before it is submitted: one job a cell.");
        if (request.Project is { } project && Projects.Refuse(project) is { } noProject)
            return Bad(noProject);
        if (request.ExpectedUsd is < 0 or > UsdMax)
            return Bad($"expectedUsd is not between 0 and {UsdMax}.");
        if (request.BidUsdPerHour is <= 0 or > UsdMax)
            return Bad("bidUsdPerHour is no price.");
        if (Refuse(request.Offer) is { } noOffer)
            return noOffer;
        return request.Secrets.Values.Any(v => v is null) ? Bad("A secret has no value.") : null;
    }

    /// <summary>Null when the rental can be taken over as far as the request goes.</summary>
    public static Problem? Refuse(AdoptRequest request) =>
        request.ResultsDirectory is { } results && (!Path.IsPathFullyQualified(results) || results.Contains('\0', StringComparison.Ordinal)) ? Bad("resultsDirectory is not an absolute path.")
        : request.Key is { } key && !IsKey(key) ? Bad(KeyRule)
        : Refuse(request.Paths);

    /// <summary>Null when these can be paths on a machine as far as the request goes.</summary>
    public static Problem? Refuse(IReadOnlyList<string?> paths) => paths.Contains(null) ? Bad("A path is null.") : null;

    /// <summary>Null when the spec can be planned for.</summary>
    public static Problem? Refuse(JobSpec spec)
    {
        if ((NameRules.Job(spec.Name) ?? NameRules.Image(spec.Image)) is { } unfit)
            return Bad(unfit);
        if (spec.DiskGb <= 0 || spec.Gpu.Count <= 0)
            return Bad("Disk and number of GPUs must be greater than zero.");
        if (spec.DiskGb > CountMax || spec.Gpu.Count > CountMax || spec.Gpu.MinMemoryGb is <= 0 or > CountMax)
            return Bad("Disk or GPUs are more than there is.");
        if ((Durations(spec) ?? Money(spec) ?? Words(spec)) is { } senseless)
            return senseless;
        if (spec.Volume is { } volume && NameRules.VolumeId(volume.Id) is { } noVolume)
            return Bad(noVolume);
        IEnumerable<object?> members =
            [.. spec.Gpu.Names, .. spec.Secrets, .. spec.Ports, .. spec.Results, .. spec.Checkpoints, .. spec.Copies, .. spec.Data, .. spec.Env.Values, .. spec.Rehearse.Env.Values];
        return members.Contains(null) ? Bad("A list of the spec holds a null.") : Secrets(spec);
    }

    /// <summary>What looks like a secret is neither taken, for the journal shows it to whoever may read, nor repeated.</summary>
    private static Problem? Secrets(JobSpec spec)
    {
        if (spec.Secrets.Any(name => SecretLook.Suspicious("", name)))
            return Bad("An entry of secrets of the spec looks like a secret itself: only its name belongs there.");
        return spec.Env.Concat(spec.Rehearse.Env).FirstOrDefault(v => SecretLook.Suspicious(v.Key, v.Value)) is { Key: { } name }
            ? Bad($"{(NameRules.Variable(name) is null ? $"env.{name}" : "A variable in env")} of the spec looks like a secret, and env is shown to whoever may look. Name it in secrets, and send its value beside the spec.")
            : null;
    }

    /// <summary>What is reckoned with later, for as long as the job is open: a sum of it must never overflow.</summary>
    private static Problem? Durations(JobSpec spec)
    {
        if (spec.Deadline is { } deadline && (deadline.Within is null == deadline.At is null || deadline.At is { Year: < 2000 or > 2100 }))
            return Bad("A deadline is either within a duration or at a moment of this century.");
        TimeSpan?[] durations = [spec.Deadline?.Within, spec.Patience, spec.Work, spec.Stall?.After, spec.StopWhenAbandonedAfter];
        return durations.Any(d => d <= TimeSpan.Zero || d > Quantity.DurationMax) ? Bad("A duration of the spec is not between nothing and a year.") : null;
    }

    private static Problem? Money(JobSpec spec)
    {
        decimal?[] amounts = [spec.BudgetUsd, spec.Bid?.FixedUsdPerHour, spec.Bid?.CapUsdPerHour];
        return amounts.Any(a => a is <= 0 or > UsdMax) ? Bad($"A budget or a bid of the spec is not between 0 and {UsdMax} USD.") : null;
    }

    private static Problem? Words(JobSpec spec)
    {
        if (!Enum.IsDefined(spec.Rent) || !Enum.IsDefined(spec.Teardown) || (spec.Stall is { } stall && !Enum.IsDefined(stall.Action)))
            return Bad("rent, teardown or stall of the spec is no word of those that there are.");
        return spec.Mirror.Keep is < 1 or > CountMax ? Bad("mirror.keep of the spec is no number of copies.") : null;
    }

    /// <summary>Its prices are a stranger's words: the platform charges its own.</summary>
    private static Problem? Refuse(Offer offer)
    {
        decimal?[] prices = [offer.GpuUsdPerHour, offer.StorageUsdPerGbMonth, offer.UploadUsdPerGb, offer.DownloadUsdPerGb, offer.MinBidUsdPerHour];
        if (prices.Any(p => p is < 0 or >= PriceMax))
            return Bad($"A price of the offer is not between 0 and {PriceMax} USD.");
        double?[] sizes = [offer.DiskGb, offer.DownloadMbps, offer.UploadMbps, offer.Reliability, offer.DlPerf];
        return offer.GpuCount is < 1 or > CountMax || offer.GpuMemoryMb is < 0 or > 1 << 30 || sizes.Any(s => s is not (null or (>= 0 and < 1e9))) ? Bad("A size of the offer is none.") : null;
    }

    /// <summary>A record's constructor would take null for what a request left out.</summary>
    private static void NothingMissing(JsonTypeInfo type)
    {
        foreach (var property in type.Properties.Where(p => p is { AssociatedParameter: { HasDefaultValue: false, IsNullable: false }, PropertyType.IsValueType: false }))
            property.IsRequired = true;
    }

    public static Problem Bad(string what) => new("request-malformed", what, "Correct the request.", ExitCode.BadInput);
}
