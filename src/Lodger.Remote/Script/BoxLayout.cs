using Lodger.Domain.Profile;

namespace Lodger.Remote.Script;

/// <summary>Where Lodger's own files lie on the rented machine; docs/formats/box.md.</summary>
/// <param name="Root">The directory <c>.lodger</c> below the profile's data directory.</param>
public sealed record BoxLayout(string Root)
{
    public string Script => $"{Root}/lodge.sh";

    public string PayloadDirectory => $"{Root}/payload";

    public string ReadyMarker => $"{Root}/ready";

    /// <summary>Holds the number of the newest attempt that must not start here.</summary>
    public string Fence => $"{Root}/fence";

    public string StateDirectory => $"{Root}/state";

    /// <summary>Seconds between checkpoints, which the job reads again while it runs.</summary>
    public string Cadence => $"{StateDirectory}/cadence";

    public string Log => $"{Root}/run.log";

    public static BoxLayout Of(PlatformProfile profile) => new($"{profile.Overrides.DataDir.TrimEnd('/')}/.lodger");
}
