using System.Diagnostics;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Torch;

/// <summary>Every file of the corpus is caught with what is wrong named, in bounded memory, and none runs.</summary>
public sealed class TorchDamageTests
{
    private const long BudgetBytes = 200_000_000;

    public static TheoryData<string> Names => new(TorchDamage.All.Select(damage => damage.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_caught_and_named(string name)
    {
        var damage = TorchDamage.All.Single(damage => damage.Name == name);
        var content = damage.Content();
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["damaged.pt"], content);

        foreach (var depth in Enum.GetValues<InspectionDepth>())
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var report = Verifying.File(directory["damaged.pt"], depth);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

            report.Verdict.ShouldBe(damage.Verdict, string.Join('\n', report.Findings));
            report.Findings.ShouldContain(finding => finding.What.Contains(damage.Says), string.Join('\n', report.Findings));
            allocated.ShouldBeLessThan(BudgetBytes);
        }
    }

    [Fact]
    public void The_corpus_is_large_and_its_names_are_unique()
    {
        TorchDamage.All.Count.ShouldBeGreaterThanOrEqualTo(60);
        TorchDamage.All.Select(damage => damage.Name).ShouldBeUnique();
    }

    [Theory]
    [InlineData("parameters.pt")]
    [InlineData("views_legacy.pth")]
    [InlineData("protocol2.pkl")]
    [InlineData("protocol4.pkl")]
    public void Every_cut_is_caught(string name) => Verifying.EveryCutIsCaught(name, TorchDamage.Real(name));

    [Fact]
    public void The_canary_sings_in_Python_and_not_here()
    {
        using var directory = new TemporaryDirectory();
        var sung = directory["sung"];
        var pickle = Pickles.Canary(sung);
        File.WriteAllBytes(directory["canary.pkl"], pickle);
        File.WriteAllBytes(directory["canary.pt"], TorchFile.OfPickle(pickle).Bytes());

        foreach (var name in (string[])["canary.pkl", "canary.pt"])
        {
            var report = Verifying.File(directory[name], InspectionDepth.Values);
            report.Verdict.ShouldBe(Verdict.LoadsWithWarning);
            report.Findings.ShouldContain(finding => finding.What.Contains("posix.system"));
        }

        File.Exists(sung).ShouldBeFalse();
        Python("import pickle, sys; pickle.load(open(sys.argv[1], 'rb'))", directory["canary.pkl"]);
        File.Exists(sung).ShouldBeTrue("the canary is worth nothing if Python does not run it");
    }

    [Theory]
    [InlineData("one byte short", "__1_0.distcp", ".metadata", "distcp-shard-size")]
    [InlineData("one byte short", "__1_0.distcp", "__1_0.distcp", "distcp-layout")]
    [InlineData("missing", "__1_0.distcp", ".metadata", "distcp-missing-shard")]
    [InlineData("missing", ".metadata", "__1_0.distcp", "distcp-no-metadata")]
    [InlineData("one byte short", ".metadata", ".metadata", "pickle-cut")]
    [InlineData("one byte short", ".metadata", "__0_0.distcp", "distcp-metadata")]
    [InlineData("altered", "__0_0.distcp", "__0_0.distcp", "torch-record")]
    [InlineData("a link", "__1_0.distcp", ".metadata", "distcp-missing-shard")]
    [InlineData("leads out", ".metadata", ".metadata", "distcp-missing-shard")]
    [InlineData("of another kind", ".metadata", "__0_0.distcp", "distcp-metadata")]
    public void A_distributed_checkpoint_with_a_part_that_is(string how, string part, string verified, string finding)
    {
        using var directory = new TemporaryDirectory();
        foreach (var name in (string[])[".metadata", "__0_0.distcp", "__1_0.distcp"])
        {
            File.WriteAllBytes(directory[name], TorchDamage.Real("distributed/" + name));
        }

        var path = directory[part];
        var bytes = File.ReadAllBytes(path);
        switch (how)
        {
            case "one byte short": File.WriteAllBytes(path, bytes[..^1]); break;
            case "missing": File.Delete(path); break;
            case "altered": bytes[bytes.AsSpan().IndexOf("data/0FB"u8) + 70] ^= 1; File.WriteAllBytes(path, bytes); break;
            case "a link": File.Move(path, directory["elsewhere"]); File.CreateSymbolicLink(path, directory["elsewhere"]); break;
            case "leads out": File.WriteAllBytes(path, ReplacedAll(bytes, "__1_0.distcp"u8, "../../passwd"u8)); break;
            case "of another kind": File.WriteAllBytes(path, ReplacedAll(bytes, "relative_path"u8, "relative_pith"u8)); break;
        }

        var report = Verifying.File(directory[verified]);
        report.Verdict.ShouldBe(Verdict.Damaged);
        report.Findings.Select(found => found.Id).ShouldContain(finding, string.Join('\n', report.Findings));
    }

    private static byte[] ReplacedAll(byte[] bytes, ReadOnlySpan<byte> old, ReadOnlySpan<byte> now)
    {
        for (var at = bytes.AsSpan().IndexOf(old); at >= 0; at = bytes.AsSpan().IndexOf(old))
        {
            now.CopyTo(bytes.AsSpan(at));
        }

        return bytes;
    }

    private static void Python(string program, string argument)
    {
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", program, argument]) { UseShellExecute = false, RedirectStandardError = true })!;
        python.StandardError.ReadToEnd();
        python.WaitForExit();
    }
}
