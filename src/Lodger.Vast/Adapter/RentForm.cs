using System.Text.RegularExpressions;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Vast.Json;
using Lodger.Vast.Wire;

namespace Lodger.Vast.Adapter;

/// <summary>A rent request as the create call's body.</summary>
internal static partial class RentForm
{
    // The API's own bound.
    private const int LabelCharsMax = 1024;

    // The API description has one bound for the bid of a new rental and another for its change.
    private const decimal BidUsdMin = 0.001m;
    private const decimal BidUsdMax = 128;
    private const decimal ChangedBidUsdMax = 32;

    /// <summary>Whether the platform takes such a bid for a rental that there is already.</summary>
    public static bool IsChangedBid(decimal usdPerHour) => usdPerHour is >= BidUsdMin and <= ChangedBidUsdMax;

    public static Outcome<CreateInstance> Fill(RentRequest request)
    {
        if (request.Label.Length is 0 or > LabelCharsMax) return Bad($"the label must have 1 to {LabelCharsMax} characters, it has {request.Label.Length}");

        if (request.BidUsdPerHour is < BidUsdMin or > BidUsdMax) return Bad($"a bid must lie between {BidUsdMin} and {BidUsdMax} USD per hour, it is {request.BidUsdPerHour}");

        // The platform takes docker's flags among the environment, so a name must not be able to become one.
        var env = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in request.Environment.Concat(request.Secrets))
        {
            if (!VariableName().IsMatch(name)) return Bad($"\"{name}\" is no name for an environment variable");
            if (value.Contains('\0', StringComparison.Ordinal)) return Bad($"the value of {name} holds a NUL character");
            env[name] = value;
        }

        foreach (var port in request.Ports)
        {
            if (PortName.Normalize(port) is not { } internalPort) return Bad($"\"{port}\" is no port; write for example 8081/tcp");
            var number = internalPort[..internalPort.IndexOf('/', StringComparison.Ordinal)];
            env[internalPort.EndsWith("/udp", StringComparison.Ordinal) ? $"-p {number}:{number}/udp" : $"-p {number}:{number}"] = "1";
        }

        if (request.Volume is { } volume)
        {
            // One word of an option line: what could end the word would become another option.
            if (!VolumeId().IsMatch(volume.VolumeId) || !MountPath().IsMatch(volume.Path) || volume.Path.Split('/').Contains("..")) return Bad($"volume \"{volume.VolumeId}\" cannot be attached at \"{volume.Path}\"");
            env[$"-v V.{volume.VolumeId}:{volume.Path}"] = "1";
        }

        return new CreateInstance
        {
            Image = request.Image,
            Disk = request.DiskGb,
            Label = request.Label,
            Env = env,
            Onstart = request.Onstart,
            ImageLogin = request.RegistryLogin,
            Price = request.BidUsdPerHour,
            CancelUnavail = request.BidUsdPerHour is null,
        };
    }

    private static Problem Bad(string what) => new("bad-rent-request", $"The rental cannot be asked for: {what}.", "Correct it in the job's spec.", ExitCode.BadInput);

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$", RegexOptions.CultureInvariant, 20_000)]
    private static partial Regex VariableName();

    [GeneratedRegex(@"^[1-9][0-9]{0,17}\z", RegexOptions.CultureInvariant, 20_000)]
    private static partial Regex VolumeId();

    [GeneratedRegex(@"^(/[A-Za-z0-9_.\-]+)+\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex MountPath();
}
