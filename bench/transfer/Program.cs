using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Lodger.Bench.Transfer;
using Lodger.Domain.Box;
using Lodger.Engine.Profile;
using Lodger.Remote;

// Lodger's own pull, without manifest and proof, against rsync as one types it, over lines of several lengths and widths; in turns, one pair a round.
var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 3;
var megabytes = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 400;
var root = Directory.CreateTempSubdirectory("lodger-bench-").FullName;
try
{
    var read = ProfileReader.VastAi;
    var profile = read with { Overrides = read.Overrides with { DataDir = Path.Combine(root, "data") } };
    using var host = new Host(root, profile);
    var box = new SshBox(host.Options, profile, TimeProvider.System);
    (string Name, WantedFile[] Files)[] loads =
    [
        ($"1 tensor, {megabytes} MB", Tensors("one", 1)),
        ($"4 tensors, {megabytes} MB", Tensors("four", 4)),
        ($"400 arrays, {megabytes / 10} MB", Tensors("many", 400, megabytes / 10)),
        ($"2 tensors and a log, {megabytes} MB", [.. Tensors("mixed", 2, megabytes / 2), Log("mixed", megabytes / 2)]),
    ];
    (string Name, double RoundTripMs, double MegabytesPerSecond)[] lines = [("loopback", 0, 0), ("10 ms, 125 MB/s", 10, 125), ("100 ms, 125 MB/s", 100, 125)];
    Console.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd}, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}\n");
    Console.WriteLine("| line | files | Lodger | `rsync -a` | rate, times `rsync -a` | `rsync -arz` | rate, times `rsync -arz` | rounds |");
    Console.WriteLine("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    foreach (var (line, roundTrip, width) in lines)
    {
        using var relay = new Relay(host.Port, TimeSpan.FromMilliseconds(roundTrip / 2), width * 1e6).Start();
        var port = roundTrip == 0 ? host.Port : relay.Port;
        foreach (var (name, files) in loads)
        {
            List<double> ours = [], plain = [], packed = [];
            for (var round = 0; round < rounds; round++)
            {
                ours.Add(await OursAsync(box, port, files));
                plain.Add(Rsync("-a", host, port, files));
                packed.Add(Rsync("-arz", host, port, files));
            }

            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {line} | {name} | {Median(ours):0.00} s | {Median(plain):0.00} s | **{Ratio(plain, ours):0.00}** ({plain.Zip(ours, (p, o) => p / o).Min():0.00} - {plain.Zip(ours, (p, o) => p / o).Max():0.00}) | {Median(packed):0.00} s | **{Ratio(packed, ours):0.00}** | {rounds} |"));
        }
    }

    Console.WriteLine($"\nload at the end {File.ReadAllText("/proc/loadavg").Split(' ')[0]}");
    return 0;

    WantedFile[] Tensors(string below, int count, int? size = null)
    {
        var each = (size ?? megabytes) * 1_000_000L / count;
        return [.. Enumerable.Range(0, count).Select(i => Make($"{below}/model-{i}.safetensors", each, block => RandomNumberGenerator.Fill(block)))];
    }

    WantedFile Log(string below, int size)
    {
        var random = new Random(1);
        return Make($"{below}/run.log", size * 1_000_000L, block =>
        {
            for (var at = 0; at < block.Length;)
            {
                var text = string.Create(CultureInfo.InvariantCulture, $"2026-11-28 12:00:{random.Next(60):00} step {random.Next(1_000_000)} loss {random.NextDouble() * 3:0.0000} lr 3e-4 {random.Next(40)} it/s\n");
                foreach (var letter in text.Take(block.Length - at))
                {
                    block[at++] = (byte)letter;
                }
            }
        });
    }

    WantedFile Make(string path, long bytes, Action<byte[]> fill)
    {
        var full = Path.Combine(host.Workdir, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        using var file = File.Create(full);
        var block = new byte[1 << 20];
        for (var left = bytes; left > 0; left -= block.Length)
        {
            fill(block);
            file.Write(block, 0, (int)Math.Min(left, block.Length));
        }

        return new WantedFile(path, bytes);
    }

    async Task<double> OursAsync(SshBox ssh, int port, WantedFile[] files)
    {
        var home = Fresh();
        var began = Stopwatch.GetTimestamp();
        var pulled = await ssh.PullAsync(Host.At(port), files, home, null, CancellationToken.None);
        var took = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return pulled.Value.Bytes == files.Sum(f => f.Bytes) ? took : throw new InvalidOperationException("The pull brought something else.");
    }

    double Rsync(string options, Host from, int port, WantedFile[] files)
    {
        var home = Fresh();
        var began = Stopwatch.GetTimestamp();
        Host.Run("rsync", options, "-e", from.PlainShell(port), $"127.0.0.1:{from.Workdir}/{files[0].Path.Split('/')[0]}/", home + "/");
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    string Fresh()
    {
        var home = Path.Combine(root, "home");
        if (Directory.Exists(home))
        {
            Directory.Delete(home, recursive: true);
        }

        return Directory.CreateDirectory(home).FullName;
    }
}
finally
{
    Directory.Delete(root, recursive: true);
}

static double Median(List<double> all) => all.Order().ElementAt(all.Count / 2);

static double Ratio(List<double> theirs, List<double> ours) => Median([.. theirs.Zip(ours, (t, o) => t / o)]);
