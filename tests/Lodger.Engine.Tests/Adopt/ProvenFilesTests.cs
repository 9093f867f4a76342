using System.Security.Cryptography;
using System.Text;
using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Receipts;
using Lodger.Artifacts.Verification;
using Lodger.Engine.Adopt;

namespace Lodger.Engine.Tests.Adopt;

/// <summary>What was proven once stays, whatever comes after it and wherever it breaks off.</summary>
public sealed class ProvenFilesTests : IDisposable
{
    private readonly TemporaryDirectory home = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task A_file_makes_way_for_a_newer_one_and_can_be_put_back_with_what_proved_it()
    {
        Write("out/a.json", "1");
        Write("out/b.json", "1");
        Write("out/ckpt-1.json", "1");
        var first = await ProveAsync(("out/a.json", "1"), ("out/b.json", "1"), ("out/ckpt-1.json", "1"));

        Make(("out/a.json", "1"), ("out/b.json", "2"), ("out/ckpt-2.json", "1")).ToArray().ShouldBe(["out/a.json"], customMessage: "the only one that is not fetched again");

        Directory.EnumerateFiles(Path.Combine(home.Path, "out")).ShouldHaveSingleItem().ShouldEndWith("a.json");
        File.ReadAllText(Previous(first, "files/out/b.json")).ShouldBe("1");
        File.ReadAllText(Previous(first, "files/out/ckpt-1.json")).ShouldBe("1", "one that rotated away is on no machine any more");
        Receipt.Read(Previous(first, "receipt.json")).Receipt!.Id.ShouldBe(first);
        File.Exists(Previous(first, "manifest")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_torn_file_never_takes_the_place_of_a_proven_one_however_often_it_is_tried()
    {
        Write("out/a.unknown", "proven");
        var first = await ProveAsync(("out/a.unknown", "proven"));
        for (var i = 0; i < 3; i++)
        {
            Make(("out/a.unknown", $"newer {i}")).ShouldBeEmpty();
            Write("out/a.unknown", "to");
        }

        Make(("out/a.unknown", "proven")).ShouldBeEmpty("what lies there was not proven");
        File.ReadAllText(Previous(first, "files/out/a.unknown")).ShouldBe("proven");
    }

    [Fact]
    public async Task What_nobody_proved_and_is_not_wanted_spoils_no_bundle()
    {
        Write("out/a.json", "1");
        await ProveAsync(("out/a.json", "1"));
        Write("out/ckpt-7.json", "came halfway, then rotated away");
        Make(("out/a.json", "1"));
        (await BundleVerifier.VerifyAsync(home.Path, ManifestOf(("out/a.json", "1")), cancellation: Token)).IsSound.ShouldBeTrue();
        File.Exists(Path.Combine(home.Path, ".lodger/previous/unproven/1/out/ckpt-7.json")).ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_put_aside_is_never_put_over_what_was_put_aside_before()
    {
        Write("out/index.json", "1");
        await ProveAsync(("out/index.json", "1"));
        new ProvenFiles(home.Path).PutAside("out/index.json");
        Write("out/index.json", "2");
        new ProvenFiles(home.Path).PutAside("out/index.json");
        File.ReadAllText(Path.Combine(home.Path, ".lodger/previous/unproven/1/out/index.json")).ShouldBe("1");
        File.ReadAllText(Path.Combine(home.Path, ".lodger/previous/unproven/2/out/index.json")).ShouldBe("2");
    }

    [Fact]
    public async Task A_directory_takes_the_place_of_a_file_and_a_file_that_of_a_directory()
    {
        Write("out/x", "file");
        Write("out/y/z", "below");
        await ProveAsync(("out/x", "file"), ("out/y/z", "below"));
        Make(("out/x/z", "1"), ("out/y", "1")).ShouldBeEmpty();
        Write("out/x/z", "1");
        Write("out/y", "1");
    }

    /// <summary>Whatever happens on the machine, and wherever a pull or this process breaks off, every file of every receipt can be found with the very content that was proven.</summary>
    [Fact]
    public async Task In_every_random_life_every_file_of_every_receipt_is_still_there()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            Clear();
            Dictionary<string, string> machine = new(StringComparer.Ordinal);
            List<(string Receipt, Dictionary<string, string> Files)> proven = [];
            for (var step = 0; step < 12; step++)
            {
                for (var i = random.Next(4); i > 0; i--)
                {
                    if (random.Next(4) == 0)
                        machine.Remove($"d{random.Next(2)}/f{random.Next(4)}");
                    else
                        machine[$"d{random.Next(2)}/f{random.Next(4)}"] = $"{{\"n\":{random.Next(1000)}}}";
                }

                (string, string)[] wanted = [.. machine.Select(f => (f.Key, f.Value))];
                var here = Make(wanted);
                // Killed somewhere in the pull, or some files came torn.
                var broken = random.Next(3) == 0;
                foreach (var (path, content) in wanted.Where(f => !here.Contains(f.Item1)).Where(_ => !broken || random.Next(2) == 0))
                    Write(path, broken && random.Next(2) == 0 ? content[..2] : content);
                if (!broken && wanted.Length > 0)
                    proven.Add((await ProveAsync(wanted), new(machine, StringComparer.Ordinal)));
                foreach (var (receipt, files) in proven)
                {
                    foreach (var (path, content) in files)
                        ShouldBeSomewhere(receipt, path, content, $"seed {seed}, step {step}");
                }
            }
        }
    }

    /// <summary>As a pull does it: what it need not fetch.</summary>
    private IReadOnlySet<string> Make(params (string Path, string Content)[] wanted)
    {
        var proven = new ProvenFiles(home.Path);
        var here = proven.Here(ManifestOf(wanted));
        proven.MakeWay(ManifestOf(wanted));
        return here;
    }

    private void ShouldBeSomewhere(string receipt, string path, string content, string when)
    {
        // It stayed in its place under later receipts, until one of those let it go.
        var places = Directory.EnumerateDirectories(home.Path + "/.lodger").Any() ? Directory.GetDirectories(home.Path, "files", SearchOption.AllDirectories) : [];
        places.Append(home.Path).Select(p => Path.Combine(p, path)).Any(p => File.Exists(p) && File.ReadAllText(p) == content).ShouldBeTrue($"{path} of {receipt} is lost: {when}");
    }

    private void Clear()
    {
        foreach (var directory in Directory.GetDirectories(home.Path))
            Directory.Delete(directory, recursive: true);
    }

    private void Write(string path, string content)
    {
        var full = Path.Combine(home.Path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
    }

    private string Previous(string receipt, string path) => Path.Combine(home.Path, ".lodger/previous", receipt, path);

    private static Manifest ManifestOf(params (string Path, string Content)[] files) => Manifest.Create(
        DateTimeOffset.UnixEpoch, "/", files.Select(f => ManifestFile.Of(f.Path, f.Content.Length, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(f.Content)))))).Manifest!;

    private async Task<string> ProveAsync(params (string Path, string Content)[] files)
    {
        var manifest = ManifestOf(files);
        var report = await BundleVerifier.VerifyAsync(home.Path, manifest, cancellation: Token);
        var receipt = Receipt.Create(new ReceiptSubject("job", 1, "r1"), report, DateTimeOffset.UnixEpoch, "test").Receipt.ShouldNotBeNull(string.Join('\n', report.AllFindings));
        receipt.Write(Path.Combine(home.Path, BundleLayout.ReceiptPath));
        manifest.WriteFile(Path.Combine(home.Path, BundleLayout.ManifestPath));
        return receipt.Id;
    }
}
