using System.Text.Json.Nodes;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Contracts;

/// <summary>What a create call asks for, templates merged in.</summary>
/// <param name="DiskGb">At least 10.</param>
/// <param name="BidUsdPerHour">Interruptible, for the whole machine; null on demand.</param>
/// <param name="Env">Environment, ports and mounts.</param>
/// <param name="VolumeInfo">A volume to make or to link, as it was sent; null for none.</param>
/// <param name="Notebook">The notebook server; null unless <paramref name="Runtype"/> is <see cref="Runtype.Jupyter"/>.</param>
/// <param name="Args">Arguments of the image's entry point; empty unless <paramref name="Runtype"/> is <see cref="Runtype.Args"/>.</param>
/// <param name="StartNow">False when it is to be made stopped.</param>
/// <param name="CancelUnavailable">Refuse, rather than make a contract that waits.</param>
internal sealed record Order(
    string Image, decimal DiskGb, string? Onstart, string? Label, EnvRequest Env, JsonObject? VolumeInfo, Runtype Runtype, bool Direct, Notebook? Notebook, IReadOnlyList<string> Args,
    bool StartNow, bool CancelUnavailable, decimal? BidUsdPerHour, Template? Template);

/// <summary>How a container is launched.</summary>
internal enum Runtype
{
    Ssh,

    /// <summary>ssh and a notebook server.</summary>
    Jupyter,

    /// <summary>The image's own entry point; no ssh.</summary>
    Args,
}
