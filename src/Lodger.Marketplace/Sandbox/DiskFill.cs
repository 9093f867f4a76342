using System.Globalization;

namespace Lodger.Marketplace.Sandbox;

/// <summary>Makes an instance's disk full, of bytes or of inodes, the way a tenant's own files would.</summary>
internal static class DiskFill
{
    /// <summary>Fills until so much is free, whether or not the instance runs; what an earlier fill took is given back first.</summary>
    /// <param name="host">Where the disk is.</param>
    /// <param name="spec">Whose.</param>
    /// <param name="what"><c>bytes</c>, <c>inodes</c>, or <c>none</c> to give everything back.</param>
    /// <param name="left">How many are to stay free.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How many are free then; 0 for none.</returns>
    /// <exception cref="SandboxException">The disk has no size of its own, and filling it would fill the machine.</exception>
    public static async Task<long> RunAsync(ISandboxHost host, SandboxSpec spec, string what, long left, CancellationToken cancellationToken)
    {
        if (!InstanceDisk.Of(spec).IsImage)
            throw new SandboxException("This instance's disk has no size of its own (it is a plain directory), so it cannot be filled without filling the machine's.");
        await using var work = await host.BeginAsync(
            new DiskWork { Program = DiskProgram.Fill, Instance = spec, Arguments = [what, left.ToString(CultureInfo.InvariantCulture)] }, cancellationToken);
        using var said = new StreamReader(work.Output);
        var complaints = work.Error.CopyToAsync(Stream.Null, cancellationToken);
        var text = (await said.ReadToEndAsync(cancellationToken)).Trim();
        await complaints;
        if (await work.Ended.WaitAsync(cancellationToken) != 0)
            throw new SandboxException($"The disk of instance {spec.InstanceId} could not be filled.");
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var free) ? free : 0;
    }
}
