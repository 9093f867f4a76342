using System.Diagnostics;
using System.Globalization;

namespace Lodger.Marketplace.Sandbox;

/// <summary>Makes and deletes the files of a disk. Never opens what a tenant wrote.</summary>
internal static class DiskFiles
{
    private static readonly TimeSpan ToolLimit = TimeSpan.FromSeconds(60);

    // 164 000 files in 10 GiB: more than any image has, and few enough to fill up in a test.
    private const string BytesPerInode = "65536";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes an empty disk.</summary>
    /// <param name="machine">Where its tools are.</param>
    /// <param name="disk">What to make.</param>
    /// <param name="diskGb">Size in GiB of an image.</param>
    /// <param name="asImage">An ext4 image in a sparse file, or a plain directory.</param>
    /// <param name="cancellationToken">Ends the tool that is at work.</param>
    public static async Task MakeAsync(Machine machine, InstanceDisk disk, int diskGb, bool asImage, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(disk.Directory, OwnerOnly);
        Directory.CreateDirectory(disk.Guest);
        if (!asImage)
        {
            Directory.CreateDirectory(disk.Plain);
            return;
        }
        Directory.CreateDirectory(disk.Mountpoint, OwnerOnly);
        await using (var image = new FileStream(disk.Image, FileMode.CreateNew))
            image.SetLength((long)diskGb << 30);
        // No journal: the image outlives no crash of the kernel, only those of processes. No write of inode tables that are zero anyway.
        var (status, said) = await RunAsync(
            machine["mkfs.ext4"],
            ["-q", "-F", "-m", "0", "-O", "^has_journal", "-i", BytesPerInode, "-E", "lazy_itable_init=1,nodiscard,root_owner=0:0", disk.Image],
            cancellationToken);
        if (status != 0)
            throw new SandboxException($"mkfs.ext4 failed: {said.Trim()}");
    }

    /// <summary>Makes a volume's disk where there is none yet. It appears whole or not at all.</summary>
    /// <returns>Whether it was made now.</returns>
    public static async Task<bool> MakeVolumeAsync(Machine machine, VolumeMount volume, bool asImage, CancellationToken cancellationToken)
    {
        var disk = InstanceDisk.Of(volume);
        if (disk.Exists)
            return false;
        var fresh = new InstanceDisk(disk.Directory + ".new");
        await DeleteAsync(fresh, cancellationToken);
        await MakeAsync(machine, fresh, volume.SizeGb, asImage, cancellationToken);
        GuestFiles.WriteScripts(fresh.Guest);
        Directory.Move(fresh.Directory, disk.Directory);
        return true;
    }

    /// <summary>Deletes the disk and all that belongs to it; fine when there is none. Nothing runs on it any more.</summary>
    public static async Task DeleteAsync(InstanceDisk disk, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(disk.Directory))
            return;
        var (status, said) = await RunAsync("/bin/rm", ["-rf", "--one-file-system", "--", disk.Directory], cancellationToken);
        if (status == 0)
            return;
        // A tenant of an ordinary user may leave directories that nobody may enter. Neither command follows symbolic links on its way down.
        await RunAsync("/bin/chmod", ["-R", "u+rwX", "--", disk.Directory], cancellationToken);
        (status, said) = await RunAsync("/bin/rm", ["-rf", "--one-file-system", "--", disk.Directory], cancellationToken);
        if (status != 0)
            throw new SandboxException($"{disk.Directory} could not be deleted: {said.Trim()}");
    }

    internal static async Task<(int Status, string Said)> RunAsync(
        string tool, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(tool, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new SandboxException($"{tool} could not be started.");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ToolLimit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            if (cancellationToken.IsCancellationRequested)
                throw;
            return (124, string.Create(CultureInfo.InvariantCulture, $"no end after {ToolLimit.TotalSeconds:0} s"));
        }
    }
}
