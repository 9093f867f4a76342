using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Server.Api;

namespace Lodger.Server.Http;

/// <summary>What a request must hold before anything is done with it. Clients check more; this keeps the journal from taking in what cannot be acted on.</summary>
internal static class RequestRules
{
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
        if (!Path.IsPathFullyQualified(request.ResultsDirectory) || request.ResultsDirectory.Contains('\0', StringComparison.Ordinal))
            return Bad("resultsDirectory is not an absolute path.");
        if (request.Spec.Sweep is not null)
            return Bad("A sweep is fanned out before it is submitted: one job a cell.");
        if (request.Project is { } project && Projects.Refuse(project) is { } noProject)
            return Bad(noProject);
        if (request.ExpectedUsd < 0)
            return Bad("expectedUsd is negative.");
        return request.Secrets.Values.Any(v => v is null) ? Bad("A secret has no value.") : null;
    }

    /// <summary>Null when the spec can be planned for.</summary>
    public static Problem? Refuse(JobSpec spec)
    {
        if ((NameRules.Job(spec.Name) ?? NameRules.Image(spec.Image)) is { } unfit)
            return Bad(unfit);
        if (spec.DiskGb <= 0 || spec.Gpu.Count <= 0)
            return Bad("Disk and number of GPUs must be greater than zero.");
        if (spec.Volume is { } volume && NameRules.VolumeId(volume.Id) is { } noVolume)
            return Bad(noVolume);
        IEnumerable<object?> members =
            [.. spec.Gpu.Names, .. spec.Secrets, .. spec.Ports, .. spec.Results, .. spec.Checkpoints, .. spec.Copies, .. spec.Data, .. spec.Env.Values];
        return members.Contains(null) ? Bad("A list of the spec holds a null.") : null;
    }

    /// <summary>A record's constructor would take null for what a request left out.</summary>
    private static void NothingMissing(JsonTypeInfo type)
    {
        foreach (var property in type.Properties.Where(p => p is { AssociatedParameter: { HasDefaultValue: false, IsNullable: false }, PropertyType.IsValueType: false }))
            property.IsRequired = true;
    }

    public static Problem Bad(string what) => new("request-malformed", what, "Correct the request.", ExitCode.BadInput);
}
