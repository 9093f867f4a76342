using System.Security.Cryptography;
using Lodger.Domain.Box;
using Lodger.Domain.Market;

namespace Lodger.Remote.Tests;

/// <summary>Pulls that are broken off in every way there is, with the bytes counted on the line. With LODGER_LONG=1 it is 5 GB and ten times.</summary>
public sealed class ResumeTests
{
    private const int Megabyte = 1 << 20;

    /// <summary>What can be on its way when a line breaks: ssh's window of 2 MB, and what rsync has not yet written.</summary>
    private const long Block = 3 * Megabyte;

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("LODGER_LONG") is "1";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_came_before_an_interruption_never_travels_again_whatever_broke_and_wherever_the_machine_answers_next()
    {
        var size = IsLong ? 5_000_000_000L : 64 * Megabyte;
        var interruptions = IsLong ? 10 : 4;
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        (await server.Box.SendAsync(server.Address, box.Payload("true"), null, Token)).ShouldBeOk();
        var hash = await WriteAsync(Path.Combine(box.Workdir, "model.safetensors"), size);
        var home = Path.Combine(box.Root, "home");
        var wire = 0L;
        List<string> legs = [];
        for (var leg = 0; ; leg++)
        {
            using var killed = CancellationTokenSource.CreateLinkedTokenSource(Token);
            Action<Line> happens = (leg % 4) switch
            {
                // The line is cut for good.
                0 => line => line.Cut(),
                // Lodger is killed: rsync with it, without a word.
                1 => _ => killed.Cancel(),
                // The rental is restarted, and has another port.
                2 => line =>
                {
                    server.Stop();
                    server.Start();
                    line.Cut();
                }
                ,
                // The program that receives is killed alone.
                _ => _ => KillReceivers(home),
            };
            using var line = new Line(server.Port, leg < interruptions ? size / (interruptions + 1) : long.MaxValue, happens);
            var before = Staged(home);
            var pulled = await PullAsync(box, server, line, size, home, killed.Token);
            wire += line.Received;
            legs.Add($"leg {leg + 1}: {line.Received} bytes on the line, {Staged(home) - before} more here, {pulled?.Problem?.Id ?? (pulled is null ? "killed" : "done")}");
            if (pulled is { IsOk: true })
            {
                break;
            }

            leg.ShouldBeLessThan(interruptions, string.Join('\n', legs));
            await line.Happening.WaitAsync(TimeSpan.FromMinutes(2), Token);
        }

        var what = $"{size} bytes, {legs.Count - 1} interruptions, {wire} bytes on the line, {wire - size} more than the file\n{string.Join('\n', legs)}";
        TestContext.Current.SendDiagnosticMessage(what);
        TestContext.Current.TestOutputHelper!.WriteLine(what);
        legs.Count.ShouldBe(interruptions + 1, what);
        (await HashAsync(Path.Combine(home, "model.safetensors"))).ShouldBe(hash, what);
        // ssh and rsync frame what they carry (0.2 %), and each connection begins with keys and greetings.
        wire.ShouldBeLessThan(size + (interruptions * Block) + (size / 500) + ((interruptions + 1) * 40_000), what);
        Directory.EnumerateFileSystemEntries(home).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("another beginning", 12, true)]
    [InlineData("another end", 12, false)]
    [InlineData("shorter than what is here", 2, true)]
    [InlineData("as long as what was promised, after it had grown", 14, true)]
    public async Task A_file_that_became_another_one_between_two_tries_comes_home_as_it_is_now(string how, int megabytes, bool isOtherBeginning)
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        (await server.Box.SendAsync(server.Address, box.Payload("true"), null, Token)).ShouldBeOk();
        var there = Path.Combine(box.Workdir, "weights");
        var content = RandomNumberGenerator.GetBytes(12 * Megabyte);
        await File.WriteAllBytesAsync(there, content, Token);
        var home = Path.Combine(box.Root, "home");
        using (var line = new Line(server.Port, 6 * Megabyte, line => line.Cut()))
        {
            (await PullAsync(box, server, line, content.Length, home, Token))!.Value.IsOk.ShouldBeFalse();
        }

        Staged(home).ShouldBeInRange(3 * Megabyte, 6 * Megabyte);
        var other = RandomNumberGenerator.GetBytes(megabytes * Megabyte);
        if (!isOtherBeginning)
        {
            content.AsSpan(0, 8 * Megabyte).CopyTo(other);
        }

        await File.WriteAllBytesAsync(there, other, Token);
        (await server.Box.PullAsync(server.Address, [new("weights", megabytes == 14 ? other.Length : content.Length)], home, null, Token)).ShouldBeOk();
        (await File.ReadAllBytesAsync(Path.Combine(home, "weights"), Token)).SequenceEqual(other).ShouldBeTrue(how);
    }

    [Fact]
    public async Task What_is_here_of_a_file_that_nobody_wants_any_more_is_removed_and_nothing_is_written_through_a_link()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        (await server.Box.SendAsync(server.Address, box.Payload("true"), null, Token)).ShouldBeOk();
        await File.WriteAllTextAsync(Path.Combine(box.Workdir, "a"), "0123456789", Token);
        var home = Path.Combine(box.Root, "home");
        var incoming = Directory.CreateDirectory(Path.Combine(home, ".lodger", "incoming")).FullName;
        var secret = Path.Combine(box.Root, "secret");
        await File.WriteAllTextAsync(secret, "01234", Token);
        await File.WriteAllTextAsync(Path.Combine(incoming, "old"), "old", Token);
        File.CreateSymbolicLink(Path.Combine(incoming, "a"), secret);

        (await server.Box.PullAsync(server.Address, [new("a", 10)], home, null, Token)).ShouldBeOk();

        (await File.ReadAllTextAsync(Path.Combine(home, "a"), Token)).ShouldBe("0123456789");
        (await File.ReadAllTextAsync(secret, Token)).ShouldBe("01234");
        Directory.EnumerateFileSystemEntries(home).ShouldHaveSingleItem();
        Directory.CreateDirectory(Path.Combine(home, ".lodger"));
        Directory.CreateSymbolicLink(incoming, box.Workdir);
        (await server.Box.PullAsync(server.Address, [new("a", 10)], home, null, Token)).ShouldFail("pull-through-link");
    }

    [Fact]
    public async Task Text_travels_compressed_and_tensors_as_they_are_over_as_many_connections_as_they_are_worth()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        (await server.Box.SendAsync(server.Address, box.Payload("true"), null, Token)).ShouldBeOk();
        var text = string.Concat(Enumerable.Range(0, 200_000).Select(i => $"step {i} loss {1.0 / (i + 1):0.000000}\n"));
        await File.WriteAllTextAsync(Path.Combine(box.Workdir, "run.log"), text, Token);
        List<WantedFile> files = [new("run.log", text.Length)];
        for (var i = 0; i < 3; i++)
        {
            await WriteAsync(Path.Combine(box.Workdir, $"shard-{i}.safetensors"), 32 * Megabyte);
            files.Add(new($"shard-{i}.safetensors", 32 * Megabyte));
        }

        using var line = new Line(server.Port, long.MaxValue, _ => { });
        var home = Path.Combine(box.Root, "home");
        var reports = new List<TransferProgress>();
        var progress = new Progress(reports);
        var remote = new SshBox(server.Options with { LineTrial = TimeSpan.Zero }, box.Profile, TimeProvider.System);
        (await remote.PullAsync(server.Address with { Endpoint = new Endpoint("127.0.0.1", line.Port) }, files, home, progress, Token)).ShouldBeOk().Bytes.ShouldBe(files.Sum(f => f.Bytes));

        line.Connections.ShouldBe(4, "the text has one, and three tensors of 32 MB one each");
        line.Received.ShouldBeInRange(96 * Megabyte, (96 * Megabyte) + (text.Length / 3) + (1 * Megabyte));
        reports.Max(report => report.BytesDone).ShouldBe(files.Sum(f => f.Bytes));
        reports.ShouldAllBe(report => report.BytesTotal == files.Sum(f => f.Bytes));
        foreach (var file in files)
        {
            (await HashAsync(Path.Combine(home, file.Path))).ShouldBe(await HashAsync(Path.Combine(box.Workdir, file.Path)));
        }
    }

    [Fact]
    public async Task A_pull_that_is_slow_over_one_connection_goes_on_over_several_from_where_it_was()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        (await server.Box.SendAsync(server.Address, box.Payload("true"), null, Token)).ShouldBeOk();
        var text = string.Concat(Enumerable.Range(0, 200_000).Select(i => $"step {i} loss {1.0 / (i + 1):0.000000}\n"));
        await File.WriteAllTextAsync(Path.Combine(box.Workdir, "zz.log"), text, Token);
        List<WantedFile> files = [new("zz.log", text.Length)];
        foreach (var name in new[] { "a.safetensors", "b.safetensors" })
        {
            await WriteAsync(Path.Combine(box.Workdir, name), 48 * Megabyte);
            files.Add(new(name, 48 * Megabyte));
        }

        using var line = new Line(server.Port, long.MaxValue, _ => { }) { ConnectionBytesPerSecond = 16 * Megabyte };
        var home = Path.Combine(box.Root, "home");
        var reports = new List<TransferProgress>();
        var remote = new SshBox(server.Options with { TransferTries = 1 }, box.Profile, TimeProvider.System);
        (await remote.PullAsync(server.Address with { Endpoint = new Endpoint("127.0.0.1", line.Port) }, files, home, new Progress(reports), Token)).ShouldBeOk();

        line.Connections.ShouldBeGreaterThanOrEqualTo(3, "one that was slow, one for the text, and one or two for what was missing of the tensors");
        line.Received.ShouldBeInRange(96 * Megabyte, (96 * Megabyte) + (text.Length / 3) + Block + (1 * Megabyte), "the text was packed, and nothing came twice but what was on its way");
        reports.ShouldAllBe(report => report.BytesTotal == files.Sum(f => f.Bytes) && report.BytesDone <= report.BytesTotal);
        foreach (var file in files)
        {
            (await HashAsync(Path.Combine(home, file.Path))).ShouldBe(await HashAsync(Path.Combine(box.Workdir, file.Path)));
        }
    }

    private static async Task<Domain.Problems.Outcome<Transferred>?> PullAsync(ScriptBox box, SshServer server, Line line, long size, string home, CancellationToken cancellationToken)
    {
        var remote = new SshBox(server.Options with { TransferTries = 1 }, box.Profile, TimeProvider.System);
        var name = size > 12 * Megabyte ? "model.safetensors" : "weights";
        try
        {
            return await remote.PullAsync(server.Address with { Endpoint = new Endpoint("127.0.0.1", line.Port) }, [new(name, size)], home, null, cancellationToken);
        }
        catch (OperationCanceledException) when (!Token.IsCancellationRequested)
        {
            return null;
        }
    }

    private static void KillReceivers(string home)
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)))
        {
            try
            {
                var words = File.ReadAllText(Path.Combine(directory, "cmdline")).Split('\0');
                if (words[0] == "rsync" && words.Any(word => word.StartsWith(home, StringComparison.Ordinal)))
                {
                    using var process = System.Diagnostics.Process.GetProcessById(int.Parse(Path.GetFileName(directory), System.Globalization.CultureInfo.InvariantCulture));
                    process.Kill();
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
            {
                // It ended while we looked.
            }
        }
    }

    private static long Staged(string home) =>
        Directory.Exists(Path.Combine(home, ".lodger", "incoming")) ? new DirectoryInfo(Path.Combine(home, ".lodger", "incoming")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length)
        : Directory.Exists(home) ? new DirectoryInfo(home).EnumerateFiles().Sum(file => file.Length) : 0;

    private static async Task<string> WriteAsync(string path, long size)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = File.Create(path);
        var block = new byte[4 * Megabyte];
        for (var left = size; left > 0; left -= block.Length)
        {
            RandomNumberGenerator.Fill(block);
            var part = block.AsMemory(0, (int)Math.Min(left, block.Length));
            hash.AppendData(part.Span);
            await file.WriteAsync(part, Token);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static async Task<string> HashAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, Token));
    }

    private sealed class Progress(List<TransferProgress> reports) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => reports.Add(value);
    }
}
