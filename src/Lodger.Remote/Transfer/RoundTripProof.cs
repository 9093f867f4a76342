using System.Security.Cryptography;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Remote.Script;
using Lodger.Remote.Ssh;

namespace Lodger.Remote.Transfer;

/// <summary>Sends one file of random bytes, brings it back under the same name into another directory, compares by hash.</summary>
internal sealed class RoundTripProof(SshCommandLine ssh, BoxAddress address, SshOptions options, SshSession session, BoxLayout layout, TimeProvider time)
{
    private const int Bytes = 64 * 1024;

    public async Task<Outcome<RoundTrip>> RunAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var here = new TemporaryDirectory();
        var name = $"round-trip-{Guid.NewGuid():N}";
        var content = RandomNumberGenerator.GetBytes(Bytes);
        var there = $"{layout.Root}/probe";
        Directory.CreateDirectory(Path.Combine(here.Path, "out"));
        Directory.CreateDirectory(Path.Combine(here.Path, "back"));
        await File.WriteAllBytesAsync(Path.Combine(here.Path, "out", name), content, cancellationToken);

        var made = await session.RequireAsync(address, $"mkdir -p {ShellQuote.Word(there)}", "making a directory", options.CommandTimeout, 4096, cancellationToken);
        if (!made.IsOk)
        {
            return made.Problem;
        }

        var sent = await Run(name, Path.Combine(here.Path, "out"), there, isPull: false).RunAsync(time, cancellationToken);
        if (!sent.IsOk)
        {
            return sent.Problem;
        }

        var back = await Run(name, there, Path.Combine(here.Path, "back"), isPull: true).RunAsync(time, cancellationToken);
        await session.RunAsync(address, $"rm -rf {ShellQuote.Word(there)}", "removing the probe", options.CommandTimeout, 4096, cancellationToken);
        if (!back.IsOk)
        {
            return back.Problem;
        }

        var path = new FileInfo(Path.Combine(here.Path, "back", name));
        // What is longer is another file, whatever is in it: it is not read.
        var returned = path is { Exists: true, Length: <= Bytes } ? await File.ReadAllBytesAsync(path.FullName, cancellationToken) : [];
        var expected = Convert.ToHexStringLower(SHA256.HashData(content));
        return returned.AsSpan().SequenceEqual(content)
            ? new RoundTrip(expected, Bytes, time.GetElapsedTime(started))
            : new Problem(
                "round-trip-differs",
                $"A file of {Bytes} bytes came back from rental {Text.Sanitize.Line(address.RentalId, 64)} changed ({(path.Exists ? path.Length : 0)} bytes, SHA-256 {Convert.ToHexStringLower(SHA256.HashData(returned))}, not {expected}).",
                "This machine damages data: destroy it and take another offer.",
                ExitCode.RentalUnusable);
    }

    private RsyncRun Run(string name, string from, string to, bool isPull) => new()
    {
        Ssh = ssh,
        Address = address,
        Options = options,
        Files = [name],
        From = from,
        To = to,
        IsPull = isPull,
        BytesTotal = Bytes,
        MoreArguments = isPull ? ["--no-links", "--no-perms"] : [],
        MaxBytes = isPull ? Bytes : null,
    };
}
