using Lodger.Domain.Problems;

namespace Lodger.Domain.Box;

/// <summary>A file on a rented machine.</summary>
/// <param name="Path">Relative to the job's workdir and checked to stay below it: no <c>..</c>, not absolute, no control characters.</param>
/// <param name="ModifiedAt">On the machine's clock, to the second.</param>
public sealed record BoxFile(string Path, long Bytes, DateTimeOffset ModifiedAt);

/// <summary>A symbolic link on a rented machine, which is never followed.</summary>
/// <param name="Path">As a <see cref="BoxFile"/>'s.</param>
/// <param name="Target">The link's own text, whatever it is.</param>
public sealed record BoxLink(string Path, string Target);

/// <summary>What lies below a directory of a rental's disk.</summary>
/// <param name="Files">Every regular file that can be named here.</param>
/// <param name="Unnamed">Files and links whose names cannot be safe paths here, as near as text comes to them: for comparing with patterns, not to be opened, nor shown as they are.</param>
public sealed record DiskListing(IReadOnlyList<BoxFile> Files, IReadOnlyList<BoxLink> Links, IReadOnlyList<string> Unnamed);

/// <summary>The host's own ssh with an rsync daemon behind it: reaches a rental's disk while it is stopped, too. Discovered anew each time.</summary>
/// <param name="User">The platform's own account on its hosts.</param>
public sealed record HostDoor(string RentalId, string Host, int Port, string User);

/// <summary>
/// A rental's disk by way of its host. Every call is bounded; a host that does not answer is a <see cref="Problem"/> with exit code
/// <see cref="ExitCode.Unknown"/>, never a statement about what is on the disk.
/// </summary>
public interface IHostDoor
{
    /// <summary>
    /// Every file and symbolic link below the workdir on the rental's disk, without Lodger's own directory; at most 200 000, more are a problem. Empty only when the host's
    /// rsync says that there is nothing.
    /// </summary>
    /// <param name="workdir">Absolute, on the rental.</param>
    Task<Outcome<DiskListing>> ListAsync(HostDoor door, string workdir, CancellationToken cancellationToken);

    /// <summary>Pulls exactly these files below the workdir into a local directory, resumably; as confined as <see cref="IBox.PullAsync"/>.</summary>
    Task<Outcome<Transferred>> PullAsync(
        HostDoor door, string workdir, IReadOnlyList<WantedFile> files, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken);

    /// <summary>
    /// The paths of which the disk there holds other content than the local directory, or nothing. Empty: proven equal, by checksums that are made on both sides.
    /// </summary>
    Task<Outcome<IReadOnlyList<string>>> DifferencesAsync(
        HostDoor door, string workdir, IReadOnlyList<string> paths, string localDirectory, CancellationToken cancellationToken);

    /// <summary>Writes the fence that keeps attempts up to this one from starting there, and reads it back. A higher fence that stands there stays.</summary>
    Task<Outcome<Done>> WriteFenceAsync(HostDoor door, int attempt, CancellationToken cancellationToken);
}
